"""How licence plates of the mainland look."""

_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使"
_SIGN = "[A-HJ-NP-Z0-9]"
_DIGITS_ENOUGH = r"(?=[A-Z]{0,2}\d{3}|\d[A-Z\d]{2}\d)"
"""Without a dot between, letters and figures are no plate so soon."""
PLATE = (
    rf"(?P<province>[{_PROVINCES}])\ ?(?P<number>[A-HJ-NP-Z]"
    rf"(?:\ ?·\ ?(?=[A-Z]{{0,5}}\d)|\ ?[.\-\ ]?\ ?{_DIGITS_ENOUGH}){_SIGN}{{4,6}})(?![A-Za-z0-9])"
)
