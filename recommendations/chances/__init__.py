"""New items get their chance: a bounded share of a list goes to what too little is known of.

`choosing` picks, for one person and one day, which of the items that are being tried fit them;
`lending` says what a new item is like; `keeping` keeps the ledger (`recommendations.chance`) from
what was really seen, `stopping` ends each trial by a rule that can be said in two sentences.
"""
