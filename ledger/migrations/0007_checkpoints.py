"""Leaves, checkpoints, and where they were taken to. What is sealed is written once."""

from pathlib import Path

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


HERE = Path(__file__).parent


class Migration(migrations.Migration):

    dependencies = [
        ('ledger', '0006_alarms'),
    ]

    operations = [
        migrations.CreateModel(
            name='AnchorReceipt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('anchor', models.CharField(max_length=40)),
                ('receipt', models.TextField(help_text='What the anchor answered; empty until it has taken it.', null=True)),
                ('at', models.DateTimeField(help_text='Of the last try.')),
                ('failed_tries', models.IntegerField(default=0)),
                ('last_error', models.TextField(blank=True)),
            ],
        ),
        migrations.CreateModel(
            name='Checkpoint',
            fields=[
                ('number', models.BigIntegerField(primary_key=True, serialize=False)),
                ('size', models.BigIntegerField(help_text='Leaves in the log.')),
                ('root', models.BinaryField()),
                ('body', models.TextField()),
                ('signature', models.BinaryField()),
                ('previous', models.BinaryField(help_text='The hash of the checkpoint before.', null=True)),
                ('hash', models.BinaryField(unique=True)),
                ('replaces', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=64), default=list, help_text='Hashes of anchored ones that were given up.', size=None)),
                ('created_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Leaf',
            fields=[
                ('index', models.BigIntegerField(help_text='Position in the log, from 0.', primary_key=True, serialize=False)),
                ('source', models.SmallIntegerField(choices=[(0, 'Entry'), (1, 'Audit')])),
                ('account_id', models.BigIntegerField(help_text='0 where the row belongs to no account.')),
                ('row', models.BigIntegerField(help_text="An entry's sequence in its account; another row's id.")),
                ('hash', models.BinaryField()),
                ('checkpoint', models.BigIntegerField(help_text='The number of the checkpoint that sealed it.')),
            ],
            options={
                'verbose_name_plural': 'leaves',
            },
        ),
        migrations.CreateModel(
            name='LogNode',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('level', models.SmallIntegerField()),
                ('index', models.BigIntegerField(help_text='Its position among the nodes of its level, from 0.')),
                ('hash', models.BinaryField()),
            ],
        ),
        migrations.CreateModel(
            name='SealedAccount',
            fields=[
                ('account_id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('sequence', models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name='SealingHorizon',
            fields=[
                ('id', models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ('system_identifier', models.CharField(max_length=20)),
                ('xid', models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name='SigningKey',
            fields=[
                ('id', models.SmallIntegerField(primary_key=True, serialize=False)),
                ('public_key', models.BinaryField(unique=True)),
                ('first_checkpoint', models.BigIntegerField(help_text='The first one that it signs.')),
                ('endorsement', models.TextField(blank=True)),
                ('endorsement_signature', models.BinaryField(null=True)),
                ('created_at', models.DateTimeField()),
            ],
        ),
        migrations.AddIndex(
            model_name='entry',
            index=models.Index(fields=['xid'], name='ledger_entry_xid'),
        ),
        migrations.AddField(
            model_name='anchorreceipt',
            name='checkpoint',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='anchor_receipts', to='ledger.checkpoint'),
        ),
        migrations.AddConstraint(
            model_name='leaf',
            constraint=models.UniqueConstraint(fields=('source', 'account_id', 'row'), name='ledger_leaf_once'),
        ),
        migrations.AddConstraint(
            model_name='leaf',
            constraint=models.CheckConstraint(condition=models.Q(('checkpoint__gte', 1), ('index__gte', 0), ('row__gte', 1)), name='ledger_leaf_numbers'),
        ),
        migrations.AddConstraint(
            model_name='lognode',
            constraint=models.UniqueConstraint(fields=('level', 'index'), name='ledger_lognode_once'),
        ),
        migrations.AddConstraint(
            model_name='sealinghorizon',
            constraint=models.CheckConstraint(condition=models.Q(('id', 1)), name='ledger_sealinghorizon_one'),
        ),
        migrations.AddField(
            model_name='checkpoint',
            name='signing_key',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='checkpoints', to='ledger.signingkey'),
        ),
        migrations.AddConstraint(
            model_name='anchorreceipt',
            constraint=models.UniqueConstraint(fields=('checkpoint', 'anchor'), name='ledger_anchorreceipt_once'),
        ),
        migrations.AddIndex(
            model_name='checkpoint',
            index=models.Index(fields=['size'], name='ledger_checkpoint_size'),
        ),
        migrations.AddConstraint(
            model_name='checkpoint',
            constraint=models.CheckConstraint(condition=models.Q(('number__gte', 1), ('size__gte', 0)), name='ledger_checkpoint_numbers'),
        ),
        migrations.RunSQL((HERE / "checkpoints.sql").read_text(), (HERE / "checkpoints_reverse.sql").read_text()),
    ]
