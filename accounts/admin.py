"""Which models have a page for the staff."""

from django.contrib import admin

from accounts import admin_people, admin_records
from accounts.models import Address, AuditEntry, DataExport, SignIn, User
from core.models import Mail

admin.site.register(User, admin_people.PersonPage)
admin.site.register(Address, admin_people.AddressPage)
admin.site.register(SignIn, admin_people.SignInPage)
admin.site.register(DataExport, admin_people.ExportPage)
admin.site.register(Mail, admin_records.MailPage)
admin.site.register(AuditEntry, admin_records.AuditPage)
