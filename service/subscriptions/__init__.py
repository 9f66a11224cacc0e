"""Subscriptions: what is kept of them, and how their targets are told (R4 4.0.1 rest-hook, and the R5 topics).

keep      what a client writes: target looked at, headers concealed, status ours      keeping
watch     every commit compares its writes with what is watched: events, numbered     store (``service.watching``)
claim     one lease a subscription: events leave in their order                       store
tell      the notification built from the versions the events are about               notifier
settle    told up to a number; or tried again; or switched off, with a task           notifier
"""
