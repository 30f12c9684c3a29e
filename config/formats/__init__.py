"""Where Plaza writes dates and numbers otherwise than Django does for that language. Most languages need nothing here.

Digits are 0 to 9 in every language, as CLDR has it for Arabic without a region; static/js/words.js does the same.
"""
