"""Proves that number_shortest.c scales every double exactly enough.

Schubfach compares three numbers, n * 2^q / 10^k for n = 4c - 2 (or 4c - 1), 4c and 4c + 2, with
integers, and is right if each is rounded to odd: an integer stays itself, anything else becomes its
floor with the lowest bit set. The C code multiplies by 128 bits of the power of ten, rounded up,
drops the lowest 64 of the product, and takes a fraction of at most one unit of what is left for
none. That rounds to odd unless a fraction comes too close to an integer; this program asks, for each
of the 2,047 exponents, whether the fraction of any double does. It does not run the C code:
number_test.c does.
"""
from fractions import Fraction
import sys

EXACT_POWERS = range(0, 56)  # 10^k of at most 128 bits, as number_power_is_exact() has it


def first_within(a, m, low, high):
    """The least x >= 0 with low <= a * x mod m <= high, or None (0 <= low <= high < m)."""
    a %= m
    if low == 0:
        return 0
    if a == 0:
        return None
    x = -(-low // a)
    if a * x <= high:
        return x
    y = first_within(m % a, a, -high % a, -low % a)
    return None if y is None else -(-(low + m * y) // a)


def least_within(a, m, numbers, low, high):
    """The least n of a range with low <= a * n mod m <= high, or None."""
    start = a * numbers.start % m
    low, high = (low - start) % m, (high - start) % m
    parts = [(low, high)] if low <= high else [(low, m - 1), (0, high)]
    found = [first_within(a, m, *part) for part in parts]
    within = [numbers.start + x for x in found if x is not None and x < len(numbers)]
    return min(within, default=None)


def log10_of_width(q, narrow):
    return (q * 1262611 - (524031 if narrow else 0)) >> 22


def log2_of_power(k):
    return (k * 1741647) >> 19


def check_logarithms(q, narrow, k):
    width = Fraction(2) ** q * (Fraction(3, 4) if narrow else 1)
    assert Fraction(10) ** k <= width < Fraction(10) ** (k + 1)
    log2 = log2_of_power(-k)
    assert Fraction(2) ** log2 <= Fraction(10) ** -k < Fraction(2) ** (log2 + 1)
    return q + log2 + 1


def rounded_to_odd_anyway(n, q, k):
    """Where a fraction is too small to be seen: is the integer below it odd already?"""
    return (Fraction(n) * Fraction(2) ** q / Fraction(10) ** k).__floor__() & 1


def check_exponent(q, narrow, numbers):
    k = log10_of_width(q, narrow)
    shift = check_logarithms(q, narrow, k)
    assert shift >= 0 and (numbers.stop - 1) << shift < 1 << 60  # the error of the product
    scale = Fraction(2) ** q / Fraction(10) ** k
    a, m = scale.numerator % scale.denominator, scale.denominator
    seen = 0
    while m > 1:  # fractions above 0 and below 2^-63, of which there are at most a few
        n = least_within(a, m, numbers[seen:], 1, (m - 1) >> 63) if (m - 1) >> 63 else None
        if n is None:
            break
        assert rounded_to_odd_anyway(n, q, k), (n, q, k)
        seen = n - numbers.start + 1
    if m >> 68 and -k not in EXACT_POWERS:  # fractions that the error could lift to the next integer
        assert least_within(a, m, numbers, m - (m >> 68), m - 1) is None


def main():
    hidden = 1 << 52
    check_exponent(-1074, False, range(2, 4 * hidden + 3))  # subnormals, and the least normals
    for q in range(-1074, 972):
        check_exponent(q, False, range(4 * hidden - 2, 8 * hidden + 3))
        check_exponent(q, True, range(4 * hidden - 1, 4 * hidden + 3))
    print("all exponents of doubles are scaled as Schubfach needs them")
    return 0


if __name__ == "__main__":
    sys.exit(main())
