"""`{{ person.about|markup }}`: what people wrote, as safe HTML. It belongs into an element of the class `prose`."""

from django import template

from core.markup import render

register = template.Library()
register.filter("markup", render)
