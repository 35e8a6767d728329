"""Every number by which ratings are judged, with its reason. Nothing else decides.

A signal has a strength from 0 to 1 and a weight; trust is the product of what each leaves over:
1 - weight * strength. So no signal alone makes a clear case, and a weak one cannot undo another.
"""

from __future__ import annotations

MINUTE, DAY = 60.0, 86_400.0

WEIGHTS = {
    "wave": 0.70,  # with a new account 0.24 of trust is left: clear. Alone 0.3: a person looks
    "twins": 0.60,  # two people may be one household; clear only together with others
    "deviation": 0.50,  # an unusual taste is nobody's fault: alone it proposes nothing
    "pace": 0.20,  # the welcome page invites to rate quickly
    "new": 0.20,  # everybody was new once
}
CLEAR = 0.25  # trust below this is quarantined by the nightly check
PROPOSED = 0.50  # trust below this is proposed to a moderator
FEWEST_RATINGS = 3  # of somebody with fewer, nothing can be said

# Waves: many new accounts give one item the best or the worst stars within days or weeks.
WAVE_SPANS = (7 * DAY, 28 * DAY)  # a hasty campaign, and a patient one
NEW_FOR = 28 * DAY  # so long after it came an account's ratings are a new account's
LOW, HIGH = 2.0, 4.0  # stars at most, at least: four stars instead of five are no way round it
FEWEST_IN_WAVE = 4  # three friends are no campaign
WAVE_SHARE = 0.8  # of new accounts' ratings of the item: a liked thing has half of its at the top
WAVE_EXCESS = (0.7, 0.95)  # share of a wave that nothing explains: from no strength to all of it
WAVE_CHANCE = -6.0  # log10 of the chance: one in a million, as there are 10^5 items times weeks
CALM = 10  # raters added to those of the week, so that one of two is no habit of the site

# Deviation: the mean distance from items' medians in units of their spread, leniency taken off.
FEWEST_OF_ITEM = 5  # ratings, before an item has a median worth the name
FEWEST_COMPARED = 5  # ratings of such items, before a person is compared
LEAST_SPREAD = 0.75  # stars: half a star off an item that all agree on is no deviation
DEVIATES = (1.6, 2.4)  # from no strength to all of it

# Twins: new accounts that gave rare items the same stars.
TWINS_CAME = 60 * DAY  # accounts older than this are not compared: campaigns open new ones
RARE_SHARE = 0.02  # of all raters, at most: honest people share what everybody knows
RARE_AT_LEAST = 5  # raters; on a small site everything would be too common otherwise
FEWEST_SHARED = 4  # rare items both rated the same: fewer happens by chance
TWIN_SHARE = 0.7  # of the rare items of whoever has fewer
TWINS_FOR_SURE = 3  # others; one is half a reason, as people own two browsers
MOST_OF_RARE = 200  # newcomers who rated one rare item: more and it is rare no longer

PACE_SPAN = 10 * MINUTE
PACE = (25, 50)  # ratings within that: from no strength to all of it
NEW_RATINGS = 0.9  # share of the ratings that were made while the account was new

MOST_AT_ONCE = 0.10  # of all raters may be clear cases; if more, all are only proposed
MOST_AT_LEAST = 25  # on a small site
