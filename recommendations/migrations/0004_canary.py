
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('recommendations', '0003_curve'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='modelrun',
            name='artifact_digest',
            field=models.CharField(blank=True, editable=False, max_length=64, verbose_name='digest of its artifact'),
        ),
        migrations.AddField(
            model_name='modelrun',
            name='canary_outcome',
            field=models.TextField(blank=True, verbose_name='what came of trying it'),
        ),
        migrations.AddField(
            model_name='modelrun',
            name='canary_share',
            field=models.PositiveSmallIntegerField(default=0, verbose_name='tried on % of people'),
        ),
        migrations.AddField(
            model_name='modelrun',
            name='canary_since',
            field=models.DateTimeField(blank=True, null=True, verbose_name='tried since'),
        ),
        migrations.AddConstraint(
            model_name='modelrun',
            constraint=models.UniqueConstraint(models.Case(models.When(canary_share__gt=0, then=models.Value(1))), name='one_canary_run'),
        ),
        migrations.AddConstraint(
            model_name='modelrun',
            constraint=models.CheckConstraint(condition=models.Q(('canary_share', 0), models.Q(('canary_share__lte', 50), ('is_live', False), ('status', 'succeeded'), ('canary_since__isnull', False), models.Q(('artifact', ''), _negated=True)), _connector='OR'), name='canary_run_has_a_model'),
        ),
    ]
