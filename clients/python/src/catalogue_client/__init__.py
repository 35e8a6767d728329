"""A client of the catalogue's API: `Client` asks, frozen values answer, `ApiError` says why not."""

from catalogue_client.client import Client
from catalogue_client.errors import ApiError, FieldError, Unreachable
from catalogue_client.own import Group, MyTaste, Questions, SharedList, Year
from catalogue_client.values import (
    BatchResult,
    Block,
    Deleted,
    Entry,
    Hidden,
    Item,
    ItemList,
    Maker,
    Pick,
    PickedItem,
    Picks,
    Prediction,
    Reason,
    Report,
    Review,
    RowResult,
    Surface,
)

__all__ = ["ApiError", "BatchResult", "Block", "Client", "Deleted", "Entry", "FieldError"]
__all__ += ["Group", "Hidden", "Item", "ItemList", "Maker", "MyTaste", "Pick", "PickedItem"]
__all__ += ["Picks", "Prediction", "Questions", "Reason", "Report", "Review", "RowResult"]
__all__ += ["SharedList", "Surface", "Unreachable", "Year"]
