"""What the catalogue tells other apps, which it does not know: receivers get what they ask for.

`visitor_adopted` is sent inside the transaction that makes a visitor the member they turned out to
be, before the visitor's row goes: whoever keeps rows of people moves them in it. `choices_made` is
sent inside the transaction in which a person's switches change. `items_changed` is sent once what
staff made of items can be seen.
"""

from django.dispatch import Signal

visitor_adopted = Signal()
"""With `visitor` and `member`, both a Person."""
choices_made = Signal()
"""With `person`, as they are now."""
items_changed = Signal()
"""With nothing: some items are new, changed, withdrawn or listed again."""
