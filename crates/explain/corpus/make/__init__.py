"""Makes the labelled corpus of failing job logs; see ../README.md."""
