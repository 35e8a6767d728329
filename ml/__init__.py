"""Learning and ranking on arrays: no Django, no database.

Letters used for shapes in every file of this package:

I items   U users   N events   T events of one history   B histories in a batch
D width of a vector   H heads of the encoder   A attributes   P picks in a list
"""
