"""The model card: what a package is, what it learnt from, what it scores and where it fails."""

from __future__ import annotations

from typing import Any

from desktop_app.captioning.manifest import TrainedOnEntry
from export.config import ExportConfig

_COLUMNS = ("bleu1", "bleu2", "bleu3", "bleu4", "meteor", "rouge_l", "cider")


def model_card(config: ExportConfig, trained: list[TrainedOnEntry], metrics: dict[str, Any]) -> str:
    """The card as Markdown; every figure comes from `metrics`, the outputs of `descry evaluate`."""
    package, model, encoder = config.package, config.model, config.encoder
    sets = "\n".join(f"| {t.name} | {t.pictures:,} | {t.sentences:,} | {t.terms} |" for t in trained)
    storage = "encoder in half precision, computed in single precision; decoder with 8-bit weights"
    if not package.quantize_decoder:
        storage = "weights in half precision, computed in single precision"
    return f"""# {package.name} {package.version}

Writes one English sentence about a photograph. Runs on a plain processor, offline.

- **Encoder**: {encoder.backbone} (Apache-2.0), pretrained on ImageNet and frozen, on {encoder.side} × {encoder.side} pixels; its two
  last stages as a grid, its pooled head as a global vector. Normalisation is in the graph.
- **Decoder**: two LSTMs of {model.hidden} with {model.heads}-head attention over the grid between them, tied embeddings of
  {model.embedding}, an attribute head of {model.attributes} words that feeds the decoder.
- **Decoding**: beam {config.decoding.beam_width}, at most {config.decoding.max_length} words, length exponent {config.decoding.length_exponent}.
- **Storage**: {storage}.

## What it scores

By pycocoevalcap with its PTB tokeniser, the whole split, on the package as published. `val` was used to choose, `test` was
looked at once.

{_scores(metrics)}

`descry evaluate --package models/{package.name}-{package.version} --data FOLDER --split SPLIT` prints such a row for any captioned folder.

## What it learnt from

| set | pictures | sentences | terms |
|---|---|---|---|
{sets}

No picture of these sets is in the package. Use of the weights is bound by these terms: research and education for the parts
that say so.

## Where it fails

- It has no calibrated confidence yet, so the program says every sentence of it with "Maybe".
- It describes anything as if it were a photograph: a page of text or a drawing gets a sentence that is not true of it.
- Colours of clothing, numbers of people and what somebody holds are often invented.
- It cannot read text, and it does not know who anybody is.
"""


def _scores(metrics: dict[str, Any]) -> str:
    head = (
        "| set and split | pictures | beam | BLEU-1 | BLEU-2 | BLEU-3 | BLEU-4 | METEOR | ROUGE-L | CIDEr | distinct |"
    )
    rows = [head, "|---" * 11 + "|"]
    for name, values in metrics.items():
        figures = " | ".join(f"{values[c]:.3f}" if c in values else "–" for c in _COLUMNS)
        beam = values["decoding"]["beam_width"]
        rows.append(f"| {name} | {values['pictures']} | {beam} | {figures} | {values['distinct']} |")
    return "\n".join(rows)
