"""What holds for every test: none fails because the machine is at work."""

from hypothesis import HealthCheck, settings

settings.register_profile("house", settings(), deadline=None, suppress_health_check=(HealthCheck.too_slow,))
settings.load_profile("house")
