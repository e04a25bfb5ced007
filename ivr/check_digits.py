"""Numbers with a check digit: one wrong key, or two in the wrong order, is noticed."""

_RESIDENT_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_RESIDENT_CHECKS = "10X98765432"


def is_luhn(digits: str) -> bool:
    """Whether the last digit is right by ISO/IEC 7812, as of cards and many member numbers."""
    if not digits.isdecimal() or not digits.isascii() or len(digits) < 2:
        return False
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits))]
    return sum(figure // 10 + figure % 10 for figure in doubled) % 10 == 0


def is_resident_id(number: str) -> bool:
    """Whether it is of the form of a Chinese resident's number (GB 11643), with the right last sign."""
    body, check = number[:-1], number[-1:].upper()
    if len(body) != len(_RESIDENT_WEIGHTS) or not body.isdecimal() or not body.isascii():
        return False
    total = sum(int(digit) * weight for digit, weight in zip(body, _RESIDENT_WEIGHTS, strict=True))
    return _RESIDENT_CHECKS[total % 11] == check
