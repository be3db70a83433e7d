"""The rate counters need no write-ahead log: losing them in a crash forgives everybody, which is no harm."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("wallet_service", "0001_rate_counter")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE wallet_service_ratecounter SET UNLOGGED",
            "ALTER TABLE wallet_service_ratecounter SET LOGGED",
        ),
    ]
