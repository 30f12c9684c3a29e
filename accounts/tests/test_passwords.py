from django.contrib.auth.hashers import Argon2PasswordHasher

from config import settings as as_shipped


def test_passwords_are_kept_under_argon2():
    assert as_shipped.PASSWORD_HASHERS[0] == "django.contrib.auth.hashers.Argon2PasswordHasher"
    encoded = Argon2PasswordHasher().encode("plaza-demo", "salt-of-the-sea")

    assert encoded.startswith("argon2$argon2id$")
    assert Argon2PasswordHasher().verify("plaza-demo", encoded)
