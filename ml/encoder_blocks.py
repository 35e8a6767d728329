"""The encoder's arithmetic for serving: event vectors in, person vectors and running sums out.

`ml.encoding` gathers the events and asks; `ml.model` is the same network in TensorFlow, and the
two agree to 1e-4. The trained arrays are rewritten once, when an artifact is loaded, into a form
that takes fewer passes over memory:

- Every layer norm starts by taking the mean away, so the mean of x is never needed: events come
  centred, and the weights that write into x are centred instead.
- A layer norm's scale goes into the weights behind it. Its shift becomes their last row, for a 1
  that stands at the end of each normed vector; events that are only padding have 0 there, too.
- The average of head h, sqrt(1 - a^2) sum_s a^(t - s) v_s, is a running sum m_t = a m_(t-1) + v_t
  once the root is in the weights; of the last block only the last m is needed, and that is linear
  in what comes in.
- silu(g) = g / (1 + exp(-g)) costs one pass less on -g, so the gates' weights change sign.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.snapshot import Floats

EPSILON = 1e-5  # of every layer norm
NOTHING = 1e-18  # a power of a decay below this is 0: single precision cannot see it
CHUNK = 8  # events whose running sums are found side by side with those of other chunks
ROWS_AT_ONCE = 256  # rows in one pass of a feed-forward layer: what it computes fits the cache
Lengths = NDArray[np.integer]
Entry = tuple[Floats, Floats]
"""Values and gates (B, T, D) of the first block, where they are known without its weights."""


@dataclass(frozen=True)
class Block:
    """One residual block: running sums behind a gate, then a gated feed-forward layer."""

    decay: Floats  # (D,) of each channel, by its head
    powers: Floats  # (H, L): a^(L - 1), ..., a, 1
    value_in: Floats  # (D + 1, D)
    value_of_head: Floats  # (H, D + 1, D/H), the same
    gate_in: Floats  # (D + 1, D)
    sums_out: Floats  # (D, D)
    inner_in: Floats  # (D + 1, E)
    opening_in: Floats  # (D + 1, E)
    forward_out: Floats  # (E, D)

    @classmethod
    def of(cls, arrays: Mapping[str, Floats], *, number: int, length: int) -> Block:
        """From the arrays of `ml.model`; `length` is L, the most events read at once."""

        def array(name: str) -> Floats:
            return np.asarray(arrays[f"block{number}_{name}"], dtype=np.float32)

        by_head = array("decay")
        heads, width = len(by_head), len(array("average_scale"))
        decay = np.repeat(by_head, width // heads)
        norm = array("average_scale"), array("average_shift")
        value, gate = np.split(array("average_in"), 2, axis=1)
        value_in = _behind_norm(*norm, value * np.sqrt(1 - decay**2))
        inner, opening = np.split(array("forward_in"), 2, axis=1)
        next_norm = array("forward_scale"), array("forward_shift")
        return cls(
            decay=decay,
            powers=_powers(by_head, length),
            value_in=value_in,
            value_of_head=np.ascontiguousarray(
                value_in.reshape(width + 1, heads, -1).transpose(1, 0, 2)
            ),
            gate_in=_behind_norm(*norm, -gate),
            sums_out=-_centred(array("average_out")),
            inner_in=_behind_norm(*next_norm, inner),
            opening_in=_behind_norm(*next_norm, -opening),
            forward_out=-_centred(array("forward_out")),
        )

    def enter(self, x: Floats, lengths: Lengths) -> Entry:
        """Values and gates, (B, T, D) each."""
        n = normed(x, lengths)
        return n @ self.value_in, n @ self.gate_in

    def sums(self, value: Floats, lengths: Lengths, before: Floats | None) -> Floats:
        """Running sums at all positions, in place of the values. (B, T, D)"""
        if before is not None:
            first = value.shape[1] - lengths
            value[np.arange(len(value)), first] += self.decay * before
        return running_sums(value, self.decay)

    def all_positions(
        self, x: Floats, lengths: Lengths, before: Floats | None, entry: Entry | None
    ) -> tuple[Floats, Floats]:
        """x (B, T, D) after this block, in place, and the sums (B, D) at the end."""
        width = x.shape[-1]
        value, gate = entry if entry is not None else self.enter(x, lengths)
        sums = self.sums(value, lengths, before)
        last = sums[:, -1].copy()
        rows = x.reshape(-1, width)
        rows += _gated(sums, gate).reshape(-1, width) @ self.sums_out
        for at in range(0, len(rows), ROWS_AT_ONCE):
            self._forward(rows[at : at + ROWS_AT_ONCE])
        return x, last

    def last_position(
        self, x: Floats, lengths: Lengths, before: Floats | None
    ) -> tuple[Floats, Floats]:
        """As `all_positions`, for the last event alone: x (B, D) and the sums (B, D)."""
        length, width = x.shape[1:]
        n = normed(x, lengths)
        of_head = self.powers[:, -length:] @ n  # (H, T) @ (B, T, D + 1) -> (B, H, D + 1)
        values = of_head.transpose(1, 0, 2) @ self.value_of_head  # @ (H, D + 1, D/H) -> (H, B, D/H)
        sums = np.ascontiguousarray(values.transpose(1, 0, 2), dtype=np.float32)
        sums = sums.reshape(-1, width)
        if before is not None:
            sums += self.decay ** lengths[:, None].astype(np.float32) * before
        gate = n[:, -1] @ self.gate_in
        x = x[:, -1] + _gated(sums.copy(), gate) @ self.sums_out
        self._forward(x)
        return x, sums

    def one_event(self, x: Floats, before: Floats) -> tuple[Floats, Floats]:
        """x (D,) after one event, in place, and the sums (D,), from those before it."""
        n = _normed_one(x)
        sums = n @ self.value_in
        sums += self.decay * before
        x += _gated(sums.copy(), n @ self.gate_in) @ self.sums_out
        n = _normed_one(x)
        x += _gated(n @ self.inner_in, n @ self.opening_in) @ self.forward_out
        return x, sums

    def _forward(self, x: Floats) -> None:
        """The feed-forward layer, added to x (N, D) in place."""
        n = normed(x)
        x += _gated(n @ self.inner_in, n @ self.opening_in) @ self.forward_out


class Encoder:
    """Person vectors from event vectors, in batches of any lengths or one event at a time.

    In all methods `x` (B, T, D) are centred event vectors, which are overwritten; the real ones of
    row b are the last `lengths[b]`, at least one. `before` (B, K, D) are the running sums of K
    blocks before the first of them; None: nothing came before.
    """

    def __init__(self, arrays: Mapping[str, Floats], *, blocks: int, length: int) -> None:
        self.width = len(arrays["start"])  # D
        self.final = (np.asarray(arrays["final_scale"]), np.asarray(arrays["final_shift"]))
        self.blocks = [Block.of(arrays, number=number, length=length) for number in range(blocks)]

    @property
    def first(self) -> Block | None:
        """The block that all positions go through first; None where only the last one matters."""
        return self.blocks[0] if len(self.blocks) > 1 else None

    def encode(
        self,
        x: Floats,
        lengths: Lengths,
        *,
        before: Floats | None = None,
        entry: Entry | None = None,
    ) -> tuple[Floats, Floats]:
        """Vectors (B, D) after the last events, and the running sums (B, K, D)."""
        sums = np.empty((len(x), len(self.blocks), x.shape[-1]), dtype=np.float32)
        last = len(self.blocks) - 1
        with np.errstate(over="ignore"):  # exp of a gate that is shut: 1 / inf is 0
            for number, block in enumerate(self.blocks):
                first = None if before is None else before[:, number]
                if number == last:
                    x, sums[:, number] = block.last_position(x, lengths, first)
                else:
                    known = entry if number == 0 else None
                    x, sums[:, number] = block.all_positions(x, lengths, first, known)
        scale, shift = self.final
        vectors: Floats = normed(x)[:, :-1] * scale + shift
        return vectors, sums

    def step(self, x: Floats, before: Floats) -> tuple[Floats, Floats]:
        """The vector (D,) and sums (K, D) after one event x (D,): `encode` with less ado."""
        sums = np.empty_like(before)
        with np.errstate(over="ignore"):
            for number, block in enumerate(self.blocks):
                x, sums[number] = block.one_event(x, before[number])
        scale, shift = self.final
        return _normed_one(x)[:-1] * scale + shift, sums

    def trace(self, x: Floats, lengths: Lengths, *, entry: Entry | None = None) -> Floats:
        """(B, T, K, D): the running sums after each event, when nothing came before."""
        sums = np.empty((*x.shape[:2], len(self.blocks), x.shape[-1]), dtype=np.float32)
        with np.errstate(over="ignore"):
            for number, block in enumerate(self.blocks[:-1]):
                value, gate = entry if entry is not None else block.enter(x, lengths)
                entry = None
                sums[:, :, number] = block.sums(value.copy(), lengths, None)
                x, _ = block.all_positions(x, lengths, None, (value, gate))
        block = self.blocks[-1]
        sums[:, :, -1] = block.sums(normed(x, lengths) @ block.value_in, lengths, None)
        return sums


def normed(x: Floats, lengths: Lengths | None = None) -> Floats:
    """Centred x at unit variance with a 1 behind it, 0 where padded. (..., D) -> (..., D + 1)"""
    n = np.empty((*x.shape[:-1], x.shape[-1] + 1), dtype=np.float32)
    np.divide(x, sizes(x)[..., None], out=n[..., :-1])
    n[..., -1] = 1
    if lengths is not None:
        clear_padding(n, lengths)
    return n


def _normed_one(x: Floats) -> Floats:
    """`normed` of a single vector. (D,) -> (D + 1,)"""
    n = np.empty(len(x) + 1, dtype=np.float32)
    np.multiply(x, np.float32((float(x @ x) / len(x) + EPSILON) ** -0.5), out=n[:-1])
    n[-1] = 1
    return n


def sizes(x: Floats) -> Floats:
    """What a layer norm divides centred x by. (..., D) -> (...)"""
    size: Floats = np.einsum("...d,...d->...", x, x)
    size /= x.shape[-1]
    size += np.float32(EPSILON)
    return np.sqrt(size, out=size)


def clear_padding(x: Floats, lengths: Lengths) -> None:
    """All but the last `lengths` (B,) events of each person become 0, in place. (B, T, D)"""
    length = x.shape[1]
    for person in np.flatnonzero(lengths < length):
        x[person, : length - lengths[person]] = 0


def running_sums(values: Floats, decay: Floats) -> Floats:
    """m_t = a m_(t-1) + v_t along T, in place: (B, T, D) with a (D,).

    Chunks of events side by side, step by step; then over the chunks' ends; then these are added
    to what follows them.
    """
    batch, length, width = values.shape
    spare = length % CHUNK if length > 2 * CHUNK else length
    for at in range(1, spare):
        values[:, at] += decay * values[:, at - 1]
    if spare == length:
        return values
    if spare:
        values[:, spare] += decay * values[:, spare - 1]
    chunks = values[:, spare:].reshape(batch, -1, CHUNK, width)
    for at in range(1, CHUNK):
        chunks[:, :, at] += decay * chunks[:, :, at - 1]
    ends = chunks[:, :-1, -1].copy()  # (B, T / CHUNK - 1, D)
    step, power = 1, decay**CHUNK
    while step < ends.shape[1]:
        ends[:, step:] += ends[:, :-step] * power
        step, power = 2 * step, np.where(power**2 < NOTHING, 0, power**2)
    chunks[:, 1:] += ends[:, :, None] * decay ** np.arange(1, CHUNK + 1, dtype=np.float32)[:, None]
    return values


def _gated(inner: Floats, negative: Floats) -> Floats:
    """-inner * silu(gate) from the gate with its sign changed; both are overwritten."""
    inner *= negative
    opening = np.exp(negative, out=negative)
    opening += 1
    inner /= opening
    return inner


def _behind_norm(scale: Floats, shift: Floats, weights: Floats) -> Floats:
    """(n * scale + shift) @ weights as one product with [n, 1]. (D, E) -> (D + 1, E)"""
    return np.concatenate([scale[:, None] * weights, (shift @ weights)[None]])


def _centred(weights: Floats) -> Floats:
    """Weights whose products have mean 0. (E, D)"""
    return np.ascontiguousarray(weights - weights.mean(axis=1, keepdims=True))


def _powers(decay: Floats, length: int) -> Floats:
    """(H, L): a^(L - 1), ..., a, 1"""
    powers = decay[:, None].astype(np.float64) ** np.arange(length)[::-1]
    return np.where(powers < NOTHING, 0, powers).astype(np.float32)
