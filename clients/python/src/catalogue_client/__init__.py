"""A client of the catalogue's API: `Client` asks, frozen values answer, `ApiError` says why not."""

from catalogue_client.client import Client
from catalogue_client.errors import ApiError, FieldError, Unreachable
from catalogue_client.own import Group, MyTaste, Questions, SharedList, Year
from catalogue_client.values import (
    BatchResult,
    Deleted,
    Entry,
    Item,
    ItemList,
    Maker,
    Pick,
    PickedItem,
    Picks,
    Prediction,
    Reason,
    Review,
    RowResult,
    Surface,
)

__all__ = ["ApiError", "BatchResult", "Client", "Deleted", "Entry", "FieldError", "Group"]
__all__ += ["Item", "ItemList", "Maker", "MyTaste", "Pick", "PickedItem", "Picks", "Prediction"]
__all__ += ["Questions", "Reason", "Review", "RowResult", "SharedList", "Surface", "Unreachable"]
__all__ += ["Year"]
