"""Check digits that tell a number from digits that only look like it."""

from __future__ import annotations

from collections.abc import Sequence

_MONTHS = "ABCDEHLMPRST"
_ODD = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23)
_DNI = "TRWAGMYFPDXBNJZSQVHLCKE"


def luhn(digits: str) -> bool:
    """ISO/IEC 7812: payment cards."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 * (value > 9)
    return total % 10 == 0


def mod_97(iban: str) -> bool:
    """ISO 13616: an IBAN without spaces, in capital letters."""
    turned = iban[4:] + iban[:4]
    return int("".join(str(int(char, 36)) for char in turned)) % 97 == 1


def china(number: str) -> bool:
    """GB 11643: the 18 characters of a Chinese resident identity number (ISO 7064 MOD 11-2)."""
    weights = [pow(2, 17 - place, 11) for place in range(17)]
    total = sum(int(digit) * weight for digit, weight in zip(number, weights, strict=False))
    return "10X98765432"[total % 11] == number[17].upper()


def brazil(digits: str) -> bool:
    """The two check digits of a Brazilian CPF of 11 digits."""
    if len(set(digits)) == 1:
        return False
    return all(_weighted(digits[:size], range(size + 1, 1, -1)) * 10 % 11 % 10 == int(digits[size]) for size in (9, 10))


def spain(number: str) -> bool:
    """The letter of a Spanish DNI or NIE in capital letters."""
    return _DNI[int(number[:-1].translate(str.maketrans("XYZ", "012"))) % 23] == number[-1]


def italy(code: str) -> bool:
    """The last letter of an Italian codice fiscale of 16 capital letters and digits (decree of 23 December 1976)."""
    if code[8] not in _MONTHS:
        return False
    values = [int(char, 36) - 10 if char.isalpha() else int(char) for char in code]
    total = sum(_ODD[value] if place % 2 == 0 else value for place, value in enumerate(values[:15]))
    return chr(ord("A") + total % 26) == code[15]


def poland(digits: str) -> bool:
    """The check digit of a Polish PESEL of 11 digits."""
    return -_weighted(digits[:10], (1, 3, 7, 9) * 3) % 10 == int(digits[10])


def france(digits: str) -> bool:
    """The key of a French NIR of 15 digits."""
    return 97 - int(digits[:13]) % 97 == int(digits[13:])


def netherlands(digits: str) -> bool:
    """The eleven test of a Dutch BSN of 9 digits."""
    return (_weighted(digits[:8], range(9, 1, -1)) - int(digits[8])) % 11 == 0


def germany(digits: str) -> bool:
    """ISO 7064 MOD 11,10: the German tax number of a person, 11 digits."""
    product = 10
    for digit in digits[:10]:
        product = ((int(digit) + product) % 10 or 10) * 2 % 11
    return (11 - product) % 10 == int(digits[10])


def india(digits: str) -> bool:
    """Verhoeff's check digit of an Indian Aadhaar number of 12 digits."""
    check = 0
    for place, digit in enumerate(reversed(digits)):
        check = _dihedral(check, _permuted(int(digit), place))
    return check == 0


def _weighted(digits: str, weights: Sequence[int]) -> int:
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=False))


def _dihedral(first: int, second: int) -> int:
    """The product in the dihedral group of order 10."""
    turned = (first + second) % 5 if first < 5 else (first - second) % 5
    return turned + 5 * ((first < 5) != (second < 5))


def _permuted(digit: int, times: int) -> int:
    for _ in range(times % 8):
        digit = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)[digit]
    return digit
