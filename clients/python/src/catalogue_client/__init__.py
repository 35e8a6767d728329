"""A client of the catalogue's API: `Client` asks, frozen values answer, `ApiError` says why not."""

from catalogue_client.client import Client
from catalogue_client.errors import ApiError, FieldError, Unreachable
from catalogue_client.own import Group, MyTaste, Questions, SharedList, Year
from catalogue_client.values import (
    BatchResult,
    Deleted,
    Item,
    Pick,
    PickedItem,
    Picks,
    Prediction,
    Reason,
    RowResult,
    Surface,
)

__all__ = ["ApiError", "BatchResult", "Client", "Deleted", "FieldError", "Item", "Pick"]
__all__ += ["PickedItem", "Picks", "Prediction", "Reason", "RowResult", "Surface", "Unreachable"]
__all__ += ["Group", "MyTaste", "Questions", "SharedList", "Year"]
