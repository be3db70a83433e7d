
from django.conf import settings
from django.db import migrations, models


FILL = """
UPDATE points_import i SET moved_minor = l.moved
FROM (SELECT import_id, sum(abs(change_minor)) AS moved FROM points_importline GROUP BY import_id) l
WHERE l.import_id = i.id AND l.moved > 0"""


class Migration(migrations.Migration):

    dependencies = [
        ('points', '0006_second_manager_of_plans'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='import',
            name='limit_minor',
            field=models.BigIntegerField(blank=True, help_text='What may be booked, where one manager alone answers for it; else there is no limit.', null=True),
        ),
        migrations.AddField(
            model_name='import',
            name='moved_minor',
            field=models.DecimalField(decimal_places=0, default=0, help_text='All that was booked, unsigned; given back or not.', max_digits=30),
        ),
        migrations.AlterField(
            model_name='import',
            name='moves_minor',
            field=models.DecimalField(decimal_places=0, default=0, help_text='All of its changes, unsigned, when they were counted last.', max_digits=30),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name='import',
            constraint=models.CheckConstraint(condition=models.Q(('moved_minor__gte', 0), models.Q(('limit_minor', None), ('moved_minor__lte', models.F('limit_minor')), _connector='OR')), name='points_import_within_limit'),
        ),
    ]
