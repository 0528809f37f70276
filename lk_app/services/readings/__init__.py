"""Meter readings: from the dial to «принято».

| module | what happens there |
|---|---|
| `rules.py` | what a value may be, what it means, and what about it is unusual: no database |
| `window.py` | on which days readings count for this month's receipt |
| `estimate.py` | what gas will probably cost |
| `history.py` | what is known of a meter: its last value, what was usual |
| `overview.py` | the consumer's screen |
| `sending.py`, `previewed.py` | what a consumer sends, and takes back; what it means as it is typed |
| `machine.py` | the states of a reading, and `move`, the one function that changes one |
| `deciding.py`, `billing.py` | staff or billing decides, and everybody concerned hears of it |
| `queue.py`, `finding.py` | the staff's queue of readings that wait, and the statements that find them |
| `waiting.py`, `inspection.py` | what staff need to judge a reading: in its row, and at a closer look |
| `reasons.py`, `verdicts.py` | why readings are refused, and what is said of decisions |
| `photos.py`, `forgetting.py` | photos of dials: who sees them, and what becomes of them with their user |
"""
