"""What users asked to be told of, each thing once and never at night.

The rule: whoever asked for it gets one message about an occasion, whatever dies and however many processes work. It
holds because a message is put into an outbox only by the transaction that inserts its occasion into `notifications`,
whose key lets no second one in, and both outboxes (`sms`, `mail`) keep what goes `by_day` for the day. What must be
true of the user, that they still ask for it, have the account and can be reached, is asked in that same transaction.

| module | what happens there |
|---|---|
| `choices.py` | what a user wants to be told of, and how |
| `untold.py` | what is noted when it happens and told soon after or in the morning, whatever it is |
| `decisions.py` | what was decided about a reading: told in that way |
| `answers.py` | that an appeal is answered: told in that way |
| `reminders.py` | the days for readings, the verification of meters: found by looking, a page of users at a time |
| `words.py` | the texts |
| `delivery.py` | occasions and outboxes, and how many messages may go out |
| `rounds.py` | the periodic work: page after page, each in a transaction of its own |
"""
