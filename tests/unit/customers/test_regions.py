import pytest

from customers.errors import RegionsFileInvalid
from customers.regions import parse_regions

SITE = """
regions:
  north:
    name: {zh: 华北分公司, en: North}
    places: [北京, 河北省, 吉林]
    area_codes: ["010"]
  east:
    name: {zh: 华东分公司, en: East}
    places: [上海市, 江苏, 浙江省, Anhui]
    area_codes: ["0571", "021"]
  bay:
    name: {zh: 深圳分公司, en: Bay}
    places: [深圳, Zhuhai]
  south:
    name: {zh: 华南分公司, en: South}
    places: [广东, 海南, 广西壮族自治区, 香港, Guangdong]
  west:
    name: {zh: 西部分公司, en: West}
    places: [青海省, 重庆, 吉林市]
"""
REGIONS = parse_regions(SITE)


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("east", "east"),
        ("华东分公司", "east"),
        ("EAST", "east"),
        ("江苏", "east"),
        ("江苏省", "east"),
        ("江苏省南京市鼓楼区", "east"),
        ("中国浙江省杭州市", "east"),
        ("上海", "east"),
        ("上海市浦东新区", "east"),
        ("广西南宁市", "south"),
        ("广东省深圳市", "bay"),
        ("深圳", "bay"),
        ("深圳市南山区", "bay"),
        ("广东省广州市", "south"),
        ("青海省海南藏族自治州", "west"),
        ("海南省海口市", "south"),
        ("吉林省长春市", "north"),
        ("吉林省吉林市", "west"),
        ("Hefei, Anhui", "east"),
        ("Zhuhai, Guangdong", "bay"),
        ("Shantou, Guangdong", "south"),
        (" 北京 ", "north"),
        ("四川省成都市", ""),
        ("London", ""),
        ("", ""),
    ],
)
def test_a_place_belongs_to_the_region_that_lists_it_or_what_it_lies_in(text: str, region: str) -> None:
    assert REGIONS.of_text(text) == region


@pytest.mark.parametrize(
    ("digits", "region"), [("57188881234", "east"), ("1065529988", "north"), ("75512345678", "")]
)
def test_a_landline_belongs_to_the_region_with_its_area_code(digits: str, region: str) -> None:
    assert REGIONS.of_landline(digits) == region


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("nothing: 1", 1, "needs `regions:`"),
        ("regions:\n  EAST:\n    name: {zh: 东, en: E}", 2, "EAST"),
        ("regions:\n  east:\n    name: {zh: 东, en: E}\n    area_codes: [abc]", 4, "area_codes"),
        ("regions:\n  east: {name: {zh: 东, en: E}, towns: [杭州]}", 2, "towns"),
        (
            "regions:\n  a: {name: &n {zh: 甲, en: A}, places: [上海]}\n  b: {name: *n, places: [上海]}",
            3,
            "上海 is in a already",
        ),
    ],
)
def test_a_mistake_is_named_with_its_line(text: str, line: int, what: str) -> None:
    with pytest.raises(RegionsFileInvalid, match=what) as refused:
        parse_regions(text)
    assert refused.value.line == line
