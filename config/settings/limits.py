"""How much, how often and how long: limits on people, and the lifetimes of what they make."""

from core.environment import rate, read, whole_number

ROOM_LIFETIME = read("ROOM_LIFETIME", 43200, "Seconds that a fly-away room lives.", cast=whole_number(1))
ROOM_SWEEP_AFTER = read(
    "ROOM_SWEEP_AFTER", 3600, "Seconds after its end until a room's content is deleted.", cast=whole_number(0)
)
ROOM_COOLDOWN = read(
    "ROOM_COOLDOWN",
    43200,
    "Seconds in which somebody may open as many rooms as their plan allows; 0: as many as they like.",
    cast=whole_number(0),
)
RATE_SENDS = read("RATE_SENDS", "20/5s", "Messages sent, per person.", cast=rate)
RATE_OPS = read("RATE_OPS", "200/10s", "Other gateway operations, per person.", cast=rate)
RATE_JOINS = read("RATE_JOINS", "10/min", "Joins and tried room passwords, per person, else per address.", cast=rate)
RATE_SIGNIN = read("RATE_SIGNIN", "10/min", "Tried sign-ins, per account name and address together.", cast=rate)
RATE_SIGNIN_ADDRESS = read("RATE_SIGNIN_ADDRESS", "100/min", "Tried sign-ins, per address.", cast=rate)
RATE_SIGNUP = read("RATE_SIGNUP", "20/min", "Sign-ups and asked mails, per address.", cast=rate)
RATE_API = read("RATE_API", "600/min", "API requests, per person, else per address.", cast=rate)
RATE_MAILS = read("RATE_MAILS", "20/h", "Account mails of one kind, per e-mail address.", cast=rate)
RATE_EXPORTS = read("RATE_EXPORTS", "3/d", "Exports of all one's data, per person.", cast=rate)
RATE_TRANSCRIPTS = read("RATE_TRANSCRIPTS", "30/10min", "Transcripts made as PDF at once, per person.", cast=rate)
RATE_LONG_TRANSCRIPTS = read(
    "RATE_LONG_TRANSCRIPTS", "10/h", "Transcripts made as PDF by a worker, per person.", cast=rate
)
RATE_CONVERSATIONS = read("RATE_CONVERSATIONS", "20/h", "Conversations started or enlarged, per person.", cast=rate)
RATE_AVATARS = read("RATE_AVATARS", "10/h", "Pictures of oneself sent in, per person.", cast=rate)
AVATAR_BYTES = read("AVATAR_BYTES", 5 * 1024 * 1024, "Bytes of a picture of oneself.", cast=whole_number(1024))
AVATAR_PIXELS = read(
    "AVATAR_PIXELS", 40_000_000, "Pixels of one; a worker needs up to 6 bytes for each.", cast=whole_number(65536)
)
AVATAR_WAIT = read("AVATAR_WAIT", 2, "Seconds that the API waits for a picture's worker.", cast=whole_number(0, 20))
ACCESS_TOKEN_LIFETIME = read(
    "ACCESS_TOKEN_LIFETIME", 600, "Seconds an API access token is good for.", cast=whole_number(30, 86400)
)
REFRESH_TOKEN_LIFETIME = read(
    "REFRESH_TOKEN_LIFETIME", 30 * 86400, "Seconds an unused refresh token is good for.", cast=whole_number(60)
)
EXPORT_KEPT = read("EXPORT_KEPT", 7 * 86400, "Seconds that an export can be downloaded.", cast=whole_number(60))
TRANSCRIPT_KEPT = read(
    "TRANSCRIPT_KEPT", 86400, "Seconds that a transcript made by a worker can be downloaded.", cast=whole_number(60)
)
ACCOUNT_GRACE = read(
    "ACCOUNT_GRACE",
    14 * 86400,
    "Seconds in which somebody who asked for their account's deletion can change their mind.",
    cast=whole_number(0),
)

SOCKET_PENDING_BYTES = read(
    "SOCKET_PENDING_BYTES",
    1024 * 1024,
    "Bytes that may wait for one socket that does not read, before it is closed (4503).",
    cast=whole_number(65536),
)
