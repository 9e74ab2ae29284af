"""A model from scratch, trained on the rows of an arm; a run that was ended goes on."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from examples.compare.settings import Setting
from examples.tinycodelm import tinycodelm_config

Encoded = list[tuple[list[int], int]]
IGNORED = -100


def new_model(tokenizer: Any, setting: Setting, seed: int) -> Any:
    """OLMo's architecture with random weights."""
    from transformers import OlmoForCausalLM

    torch.manual_seed(seed)
    return OlmoForCausalLM(tinycodelm_config("150M", tokenizer, **setting.shape))


def load_model(tokenizer: Any, setting: Setting, state: Path) -> Any:
    """The model of a run that was saved."""
    model = new_model(tokenizer, setting, 0)
    model.load_state_dict(torch.load(state, map_location="cpu", weights_only=True)["model"])
    return model


def train(
    model: Any, rows: Encoded, setting: Setting, seed: int, state: Path, device: str
) -> dict[str, float]:
    """Train a model.

    Args:
        model: The model; changed in place.
        rows: Tokens, and how many of them are the prompt's.
        setting: Batches, steps, learning rate.
        seed: Seed of the order of the rows.
        state: File that is written now and then, from which a run goes on.
        device: Where to train.

    Returns:
        ``loss`` of the last tenth of the steps, tokens that were read, seconds.
    """
    model.to(device).train()
    optimizer = torch.optim.AdamW(
        model.parameters(), setting.learning_rate, betas=(0.9, 0.95), weight_decay=0.1,
        fused=True,
    )  # fmt: skip
    done: dict[str, Any] = {"step": 0, "losses": [], "tokens": 0, "seconds": 0.0}
    if state.exists():
        saved = torch.load(state, map_location=device, weights_only=True)
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        done = saved["done"]
    losses: list[Any] = []  # not yet read from the device, which would wait for each
    started = time.monotonic() - done["seconds"]
    for step in range(done["step"], setting.optimizer_steps):
        for group in optimizer.param_groups:
            group["lr"] = _rate(step, setting)
        batch = batch_of(rows, step, setting.batch, seed)
        losses.append(_step(model, optimizer, batch, setting.bfloat16))
        done["tokens"] += int(sum(map(len, batch[0])))
        done |= {"step": step + 1, "seconds": time.monotonic() - started}
        if (step + 1) % setting.save_every == 0 or step + 1 == setting.optimizer_steps:
            done["losses"] += torch.stack(losses).tolist()
            losses.clear()
            print(f"    step {step + 1}: loss {done['losses'][-1]:.3f}, {done['seconds']:.0f} s")
            _save(state, model, optimizer, done)
    if model.device.type == "cuda":
        torch.cuda.empty_cache()  # other arms may train on the same GPU
    last = done["losses"][-max(1, setting.optimizer_steps // 10) :]
    return {
        "loss": sum(last) / len(last),
        "trained_tokens": done["tokens"],
        "train_seconds": done["seconds"],
    }


def _rate(step: int, setting: Setting) -> float:
    if step < setting.warmup:
        return setting.learning_rate * (step + 1) / setting.warmup
    part = (step - setting.warmup) / max(1, setting.optimizer_steps - setting.warmup)
    return setting.learning_rate * (0.1 + 0.9 * 0.5 * (1 + math.cos(math.pi * part)))


def _step(model: Any, optimizer: Any, batch: tuple[Any, Any, Any], bfloat16: bool) -> Any:
    device = model.device
    ids, mask, labels = (torch.tensor(part, device=device) for part in batch)
    with torch.autocast(device.type, torch.bfloat16, enabled=bfloat16):
        loss = model(input_ids=ids, attention_mask=mask, labels=labels).loss
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    optimizer.zero_grad()
    return loss.detach()


def batch_of(
    rows: Encoded, step: int, size: int, seed: int
) -> tuple[list[list[int]], list[list[int]], list[list[int]]]:
    """The batch of a step: tokens, mask, labels, padded at the end.

    Rows come in an order of their own in each pass; it depends on the seed and the pass alone.
    """
    chosen = []
    for place in range(step * size, (step + 1) * size):
        epoch, at = divmod(place, len(rows))
        chosen.append(rows[_order(rows, size, seed, epoch)[at]])
    length = max(len(ids) for ids, _ in chosen)
    padding = [length - len(ids) for ids, _ in chosen]
    return (
        [ids + [0] * more for (ids, _), more in zip(chosen, padding, strict=True)],
        [[1] * len(ids) + [0] * more for (ids, _), more in zip(chosen, padding, strict=True)],
        [
            [IGNORED] * head + ids[head:] + [IGNORED] * more
            for (ids, head), more in zip(chosen, padding, strict=True)
        ],
    )


_WINDOW = 16  # batches, in which rows of about the same length come together
_orders: dict[tuple[int, int, int, int], Sequence[int]] = {}


def _order(rows: Encoded, size: int, seed: int, epoch: int) -> Sequence[int]:
    """Numbers of all rows, shuffled; near one another are rows of about the same length."""
    key = (id(rows), size, seed, epoch)
    if key not in _orders:
        _orders.clear()
        rng = random.Random(f"{seed} {epoch}")
        shuffled = list(range(len(rows)))
        rng.shuffle(shuffled)
        order: list[int] = []
        for start in range(0, len(shuffled), size * _WINDOW):
            window = sorted(
                shuffled[start : start + size * _WINDOW], key=lambda at: len(rows[at][0])
            )
            batches = [window[at : at + size] for at in range(0, len(window), size)]
            rng.shuffle(batches)
            order += [at for batch in batches for at in batch]
        _orders[key] = order
    return _orders[key]


def _save(path: Path, model: Any, optimizer: Any, done: dict[str, Any]) -> None:
    temporary = path.with_suffix(".tmp")
    saved = {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "done": done}
    torch.save(saved, temporary)
    temporary.replace(path)
