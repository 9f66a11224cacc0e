"""What ``$validate`` says of several hundred mistakes, beside what the official validator of HL7 says of them.

``material`` holds good resources, ``families`` spoils them, ``written`` holds what is spoilt by hand, ``cases`` is all of
it by name. ``verdicts`` judges and compares, ``official.json`` remembers what the official validator said, so that the
comparison holds where there is no Java too, and ``explained`` names every difference. ``suite`` asks it again.
"""
