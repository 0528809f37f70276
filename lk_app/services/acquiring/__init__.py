"""Taking money online: the only rooms where an attempt to pay, or a refund, changes.

The rule: what our books say was paid is what the bank's books say, to the kopeck, whoever dies when. It holds because

- an attempt and its order number are committed before the bank hears of them (`opening`), and the number is the bank's
  key: an order can't come to be twice, nor without our knowing its number;
- the address of the bank's page, without which nobody can pay, is committed before any browser gets it;
- an attempt is credited only by an answer to a question of ours (`asking`), whose order number, order, amount and
  currency are those we stored (`machine`); a callback or a browser's return only makes us ask;
- every way from one state to another goes through `machine.move`, in a transaction that holds the attempt's row: seen
  twice, a payment counts once;
- nothing but time ends the asking (`schedule`), and what time can't settle becomes a concern for a person
  (`concerns`). An answer that never came proves nothing.
"""
