"""The model card: what a package is, what it learnt from, what it scores and where it fails."""

from __future__ import annotations

from typing import Any

from desktop_app.captioning.manifest import TrainedOnEntry
from export.config import ExportConfig

_COLUMNS = ("bleu1", "bleu2", "bleu3", "bleu4", "meteor", "rouge_l", "cider")

_CARD = """# {name} {version}

Writes one English sentence about a photograph. Runs on a plain processor, offline.

- **Encoder**: {backbone} (Apache-2.0), pretrained on ImageNet and frozen, on {side} × {side} pixels;
  its two last stages as a grid, its pooled head as a global vector. Normalisation is in the graph.
- **Decoder**: two LSTMs of {hidden} with {heads}-head attention over the grid between them, tied
  embeddings of {embedding}, an attribute head of {attributes} words that feeds the decoder.
- **Decoding**: beam {beam_width}, at most {max_length} words, length exponent {length_exponent}.
- **Storage**: {storage}.

## What it scores

By pycocoevalcap with its PTB tokeniser, the whole split, on the package as published. `val` was used
to choose, `test` never.

{scores}

`descry evaluate --package models/{name}-{version} --data FOLDER --split SPLIT` prints such a row for
any captioned folder; `flickr8k` stands for the official (Karpathy) split, a folder with captions.json.

## What it learnt from

| set | pictures | sentences | terms |
|---|---|---|---|
{sets}

No picture of these sets is in the package. Use of the weights is bound by these terms: research and
education for the parts that say so.

## Where it fails

- It has no calibrated confidence yet, so the program says every sentence of it with "Maybe".
- It describes anything as if it were a photograph: a page of text or a drawing gets a sentence that
  is not true of it.
- Colours of clothing, numbers of people and what somebody holds are often invented; sometimes the
  same thing is named twice.
- It cannot read text, and it does not know who anybody is.
"""


def model_card(config: ExportConfig, trained: list[TrainedOnEntry], metrics: dict[str, Any]) -> str:
    """The card as Markdown; every figure comes from `metrics`, the outputs of `descry evaluate`."""
    storage = "encoder in half precision, computed in single precision; decoder with 8-bit weights"
    if not config.package.quantize_decoder:
        storage = "weights in half precision, computed in single precision"
    facts = vars(config.encoder) | vars(config.model) | vars(config.decoding) | vars(config.package)
    sets = "\n".join(f"| {t.name} | {t.pictures:,} | {t.sentences:,} | {t.terms} |" for t in trained)
    return _CARD.format(**facts, storage=storage, sets=sets, scores=_scores(metrics))


def _scores(metrics: dict[str, Any]) -> str:
    head = "| set and split | pictures | BLEU-1 | BLEU-2 | BLEU-3 | BLEU-4 | METEOR | ROUGE-L | CIDEr | distinct |"
    rows = [head, "|---" * 10 + "|"]
    for name, values in metrics.items():
        figures = " | ".join(f"{values[c]:.3f}" if c in values else "–" for c in _COLUMNS)
        rows.append(f"| {name} | {values['pictures']} | {figures} | {values['distinct']} |")
    return "\n".join(rows)
