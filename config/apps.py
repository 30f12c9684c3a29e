from django.contrib.admin.apps import AdminConfig


class PlazaAdminConfig(AdminConfig):
    """The pages of the staff, on a site of our own."""

    default_site = "config.admin_site.PlazaAdminSite"
