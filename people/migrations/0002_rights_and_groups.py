"""The three rights, and the groups that shops know: the manager has the first, a customer none."""

from django.db import migrations

RIGHTS = {
    "manage_woocommerce": "Manage the shop: every wallet, every route",
    "walletpro_read_wallets": "Read every wallet, transaction and hold",
    "walletpro_write_wallets": "Credit, debit and hold on every wallet",
}


def make_groups(apps, schema_editor):
    # Django makes permissions behind the last migration; the groups need theirs now.
    ContentType = apps.get_model("contenttypes", "ContentType")
    Permission = apps.get_model("auth", "Permission")
    Group = apps.get_model("auth", "Group")
    user_type, _ = ContentType.objects.get_or_create(app_label="people", model="user")
    rights = {
        codename: Permission.objects.get_or_create(content_type=user_type, codename=codename, defaults={"name": name})[0]
        for codename, name in RIGHTS.items()
    }
    manager, _ = Group.objects.get_or_create(name="Shop manager")
    manager.permissions.add(rights["manage_woocommerce"])
    Group.objects.get_or_create(name="Customer")


def remove_groups(apps, schema_editor):
    apps.get_model("auth", "Group").objects.filter(name__in=["Shop manager", "Customer"]).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0001_users"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [migrations.RunPython(make_groups, remove_groups)]
