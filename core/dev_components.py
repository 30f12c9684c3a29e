"""Every component of the look on one page, /dev/components/, in the states that it can be in. Demo mode only."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib.auth.views import redirect_to_login
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from core.errors import SlowDown

THEMES = ("light", "dark")
DIRECTIONS = ("ltr", "rtl")
SECTIONS = (
    ("words", "Words and colours"),
    ("buttons", "Buttons and chips"),
    ("fields", "Fields"),
    ("people", "People"),
    ("says", "Badges, notices, waiting"),
    ("overlays", "Over the page"),
    ("ways", "Ways"),
    ("data", "Data"),
    ("goods", "Goods and pictures"),
    ("talk", "Talk"),
)
PICTURES = (
    ("dusk", "Dusk over two ranges of hills"),
    ("forest", "A green evening above a wooded valley"),
    ("dawn", "Sunrise, the hills still dark"),
    ("sea", "A blue noon by the sea"),
)
SALES = tuple(
    (month, thousands * 100_000)
    for month, thousands in (("Jan", 12), ("Feb", 18), ("Mar", 17), ("Apr", 24), ("May", 23), ("Jun", 31))
)
VISITS = (31, 42, 38, 55, 61, 49, 70, 84, 77, 92, 88, 104, 96, 121)


class SampleForm(forms.Form):
    """One field of each kind. Bound to SENT it shows what a refused form looks like."""

    name = forms.CharField(label="Shop name", max_length=40, help_text="Up to 40 characters. People see it everywhere.")
    address = forms.EmailField(label="E-mail address", required=False)
    kind = forms.ChoiceField(
        label="What do you sell?",
        choices=[
            ("", "Choose one"),
            ("goods", "Things to post"),
            ("files", "Files to download"),
            ("time", "Your time"),
        ],
    )
    opens = forms.DateField(label="Opens on", widget=forms.DateInput(attrs={"type": "date"}))
    at = forms.TimeField(label="At", widget=forms.TimeInput(attrs={"type": "time"}), required=False)
    about = forms.CharField(label="About it", widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}), required=False)
    delivery = forms.ChoiceField(
        label="Delivery", widget=forms.RadioSelect, choices=[("post", "By post"), ("hand", "Handed over")]
    )
    days = forms.MultipleChoiceField(
        label="Open on",
        widget=forms.CheckboxSelectMultiple,
        choices=[("fri", "Friday"), ("sat", "Saturday")],
        required=False,
    )
    logo = forms.FileField(label="Logo", required=False)
    agreed = forms.BooleanField(label="I have read the rules for sellers")
    locked = forms.CharField(label="Number", disabled=True, initial="PZ-2041", help_text="It cannot be changed.")
    stars = forms.ChoiceField(
        label="How was it?", widget=forms.RadioSelect, choices=[(str(n), str(n)) for n in range(1, 6)]
    )


SENT = {
    "name": "An extraordinarily long name for a shop that nobody could remember",
    "address": "somebody@",
    "kind": "",
    "opens": "soon",
}


@require_safe
def components(request: HttpRequest) -> HttpResponse:
    """`?theme=dark&dir=rtl` shows it so, whatever the visitor's own choice is."""
    theme, direction = request.GET.get("theme"), request.GET.get("dir")
    shown = {
        "theme": theme if theme in THEMES else "",
        "direction": direction if direction in DIRECTIONS else "",
        "sections": SECTIONS,
        **_samples(),
    }
    return render(request, "core/dev_components.html", shown)


@require_POST
def exchange(request: HttpRequest) -> HttpResponse:
    """What htmx puts into the page; or what it meets instead, as the button asks."""
    asked = request.POST.get("asked")
    if asked == "refusal":
        raise SlowDown(retry_after=30)
    if asked == "signin":
        return redirect_to_login(reverse("dev:components"))
    if not request.headers.get("HX-Request"):
        return redirect(f"{reverse('dev:components')}#overlays")
    return render(request, "core/components/_exchanged.html", {"at": timezone.now()})


def _samples() -> dict[str, Any]:
    pictures = [static(f"img/samples/{name}.svg") for name, _ in PICTURES]
    return {
        "form": SampleForm(initial={"delivery": "post", "stars": "4", "name": "Lamp & Sea"}, auto_id="id_%s"),
        "refused": SampleForm(SENT, auto_id="refused_%s"),
        "images": [{"url": url, "thumb": url, "alt": alt} for url, (_, alt) in zip(pictures, PICTURES, strict=True)],
        "face": pictures[1],
        "page": Paginator(range(240), 20).get_page(5),
        "nothing": [],
        "sales": SALES,
        "visits": VISITS,
        "days": [(str(number), value) for number, value in enumerate(VISITS, start=1)],
        "end": timezone.now() + timedelta(days=2, hours=3, minutes=14),
        "sizes": ("xs", "sm", "md", "lg", "xl"),
        "halves": (0, 1.5, 3, 4.5, 5),
    }
