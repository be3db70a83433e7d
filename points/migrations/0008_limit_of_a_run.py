import django.db.models.expressions
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
        ('points', '0007_limit_of_one_manager'),
    ]

    operations = [
        migrations.AddField(
            model_name='planrun',
            name='limit_minor',
            field=models.BigIntegerField(help_text='What it may move, where no second manager approved it; else there is no limit.', null=True),
        ),
        migrations.AddConstraint(
            model_name='planrun',
            constraint=models.CheckConstraint(condition=models.Q(('limit_minor', None), models.Q(('moved_minor__gte', django.db.models.expressions.CombinedExpression(models.F('limit_minor'), '*', models.Value(-1))), ('moved_minor__lte', models.F('limit_minor'))), _connector='OR'), name='points_planrun_within_limit'),
        ),
    ]
