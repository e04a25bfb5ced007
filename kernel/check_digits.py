"""Numbers with a check digit: one wrong key, or two in the wrong order, is noticed."""

RESIDENT_ID_SIGNS = 18


def is_luhn(digits: str) -> bool:
    """Whether the last digit is right by ISO/IEC 7812, as of cards and many member numbers."""
    if not digits.isdecimal() or not digits.isascii() or len(digits) < 2:
        return False
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits))]
    return sum(figure // 10 + figure % 10 for figure in doubled) % 10 == 0


def is_mod11_2(number: str) -> bool:
    """Whether the last sign, a digit or X, is right by ISO/IEC 7064, MOD 11-2."""
    body, check = number[:-1], number[-1:].upper()
    if not body.isdecimal() or not number.isascii() or not (check.isdecimal() or check == "X"):
        return False
    left = 0
    for digit in body:
        left = (left + int(digit)) * 2 % 11
    return (left + (10 if check == "X" else int(check))) % 11 == 1


def is_mod11_10(digits: str) -> bool:
    """Whether the last digit is right by ISO/IEC 7064, MOD 11,10: never an X, hence for every keypad."""
    if not digits.isdecimal() or not digits.isascii() or len(digits) < 2:
        return False
    left = 10
    for digit in digits[:-1]:
        left = ((left + int(digit)) % 10 or 10) * 2 % 11
    return (left + int(digits[-1])) % 10 == 1


def is_resident_id(number: str) -> bool:
    """Whether it is of the form of a Chinese resident's number (GB 11643), with the right last sign."""
    return len(number) == RESIDENT_ID_SIGNS and is_mod11_2(number)
