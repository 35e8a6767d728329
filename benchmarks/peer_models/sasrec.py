"""SASRec by RecTools: python sasrec.py TRAIN GIVEN OUT PARAMS, run by `outside.sasrec`.

Self-attention over a person's latest events (Kang and McAuley 2018) with softmax over all items,
which papers found its best form. It trains until the minutes are over or validation stops falling,
and keeps the best epoch. Leaves lists of the best rows for everyone in GIVEN, (U, P).
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from pytorch_lightning import Trainer, seed_everything
from pytorch_lightning.callbacks import EarlyStopping, ModelCheckpoint
from rectools.dataset import Dataset
from rectools.models import SASRecModel

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

from ml.datafolder import load_folder
from ml.snapshot import Snapshot

LISTED = 100
VALIDATION_PEOPLE = 500
PATIENCE = 8
THREADS = 2


def main() -> None:
    train, given = load_folder(Path(sys.argv[1])), load_folder(Path(sys.argv[2]))
    out, params = Path(sys.argv[3]), json.loads(sys.argv[4])
    torch.set_num_threads(THREADS)
    seed_everything(1)
    model = SASRecModel(
        n_blocks=2,
        n_heads=params.get("heads", 2),
        n_factors=params.get("width", 128),
        dropout_rate=params.get("dropout", 0.2),
        session_max_len=params.get("history", 200),
        loss="softmax",
        lr=1e-3,
        batch_size=128,
        epochs=10_000,
        get_val_mask_func=last_of_some,
        get_trainer_func=lambda: trainer(out, params["minutes"]),
        item_net_block_types=(ids_only(),),
    )
    model.fit(table(train))
    model.load_weights_from_checkpoint(str(out / "best.ckpt"))
    people = np.flatnonzero(np.diff(given.offsets))
    known = table(given)
    people = people[np.isin(people, known.user_id_map.external_ids)]
    found = model.recommend(people, known, k=LISTED, filter_viewed=True)
    listed = np.full((len(given.users), LISTED), -1, dtype=np.int32)
    listed[found["user_id"].to_numpy(), found["rank"].to_numpy() - 1] = found["item_id"].to_numpy()
    np.save(out / "listed.npy", listed)


def ids_only() -> Any:
    from rectools.models.nn.item_net import IdEmbeddingsItemNet

    return IdEmbeddingsItemNet


def table(snapshot: Snapshot) -> Dataset:
    """RecTools' data set; it sorts by time, so the place of an event is its time."""
    events = snapshot.events
    columns = {"user_id": events.user, "item_id": events.item, "weight": 1.0}
    frame = pd.DataFrame(columns)
    frame["datetime"] = pd.to_datetime(np.arange(len(events)), unit="s")
    return Dataset.construct(frame)


def last_of_some(interactions: pd.DataFrame, **_: Any) -> np.ndarray:
    """The last event of some people is what validation is measured on."""
    rng = np.random.default_rng(1)
    everyone = interactions["user_id"].unique()
    chosen = rng.choice(everyone, min(VALIDATION_PEOPLE, len(everyone) // 5), replace=False)
    order = interactions.sort_values("datetime").index
    is_last = pd.Series(False, index=interactions.index)
    is_last[interactions.loc[order].drop_duplicates("user_id", keep="last").index] = True
    return (is_last & interactions["user_id"].isin(chosen)).to_numpy()


def trainer(out: Path, minutes: float) -> Trainer:
    return Trainer(
        accelerator="cpu",
        max_epochs=10_000,
        min_epochs=1,
        max_time={"seconds": round(minutes * 60)},
        deterministic=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        logger=False,
        callbacks=[
            EarlyStopping(monitor=SASRecModel.val_loss_name, patience=PATIENCE),
            ModelCheckpoint(out, "best", monitor=SASRecModel.val_loss_name, save_top_k=1),
        ],
    )


if __name__ == "__main__":
    main()
