"""What time and authorities change in teams and protocols: expired trainings, unanswered tasks, suspensions, reviews.

Each writes what it decides with its proof, and twice is once. What a patient is told is not known here.
"""
