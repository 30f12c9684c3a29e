"""What accounts tell the apps above, after the commit."""

from django.dispatch import Signal

profile_changed = Signal()  # user: name, picture or words of this person are others now
