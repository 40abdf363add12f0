"""What AliExpress's codes and words for a failed payment or a closed order mean. Pure but for `wording`."""
