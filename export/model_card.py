"""The model card: what a package is, what it learnt from, what it scores and where it fails.

What a machine knows is written here: figures, data, settings. What a person has to say stands in files of its own, the
`Parts`, and is put in its place each time the card is written.
"""

from __future__ import annotations

from typing import Any

from desktop_app.captioning.manifest import TrainedOnEntry
from export.card_parts import Parts
from export.card_tables import content_table, error_table, interval_table, naming_table, score_table, wording_table
from export.config import ExportConfig

_CARD = """# {name} {version}

Writes one English sentence about a photograph. Runs on a plain processor, offline.

## What it is

- **Encoder**: {backbone} (Apache-2.0), pretrained on ImageNet, on {side} × {side} pixels.
  Normalisation is in the graph.
- **Decoder**: two LSTMs of {hidden} with {heads}-head attention over the grid between them, tied
  embeddings of {embedding}, an attribute head of {attributes} words that feeds the decoder.
- **Decoding**: beam {beam_width}, at most {max_length} words, length exponent {length_exponent}.
- **Storage**: {storage}.

{about}

## What it scores

By pycocoevalcap with its PTB tokeniser, the whole split, on the package as published. `val` was used
to choose, `test` never. CIDEr takes its document frequencies from the references of the split itself,
"CIDEr, training" from {frequencies}: a small set makes every word look rare, so only
the latter can be compared between sets.

{scores}

How far chance goes: 95 % intervals from 1,000 resamples of the pictures.

{intervals}

*Supported*: every thing that the sentence names is named by a reference too, as the same word, a
synonym, or a broader or narrower word at most three steps away in WordNet 3.0; all words for people
support each other. *Strictly*: the same word or a synonym. One person's sentence against the other
four of its picture passes in 63 % of cases (strictly 48 %) on the val split of Flickr8k, since true
things that nobody else mentioned count as mistakes.

{wording}

`python3 start.py evaluate --package models/{name}-{version} --data FOLDER --split SPLIT` prints such
rows for any captioned folder.

## By content

Pictures by words that two of their references share (`export/content.py`); one can be in several rows.

{content}

## What goes wrong

{errors}

## What it learnt from

| set | pictures | sentences | terms |
|---|---|---|---|
{sets}

Pictures and sentences after all filters. Only the `train` splits were learnt from: Flickr8k in its
official (Karpathy) splits, the other sets in those of their captions.json{held_out}. No picture
of these sets is in the package. Use of the weights is bound by these terms: research and education for
the parts that say so.

## How it was made

{recipe}

`docs/experiments.md` tells what was tried on the way, with what it brought on `val`.

## How people are named

{bias}

Pictures of which three references or more name one sex and none the other (`export/naming.py`):

{naming}

## Limits

{limits}
"""

_FORMS = {
    "float32": "in single precision",
    "float16": "in half precision",
    "int8": "with 8-bit weights and a scale for each of a layer's outputs",
}


def model_card(config: ExportConfig, trained: list[TrainedOnEntry], metrics: dict[str, Any], parts: Parts) -> str:
    """The card as Markdown; every figure comes from `metrics`, the outputs of `descry evaluate`."""
    storage = f"encoder {_FORMS[config.encoder.store]}, computed in single precision; "
    storage += "decoder with 8-bit weights" if config.package.quantize_decoder else "decoder without 8-bit weights"
    facts = vars(config.encoder) | vars(config.model) | vars(config.decoding) | vars(config.package)
    text = _CARD.format(
        **facts,
        storage=storage,
        frequencies=_frequencies(metrics),
        scores=score_table(metrics),
        intervals=interval_table(metrics),
        wording=wording_table(metrics),
        content=content_table(metrics),
        naming=naming_table(metrics),
        errors=error_table(parts.errors),
        sets="\n".join(f"| {t.name} | {t.pictures:,} | {t.sentences:,} | {t.terms} |" for t in trained),
        held_out=_held_out(config),
        **parts.texts,
    )
    return "\n".join(line for line, before in _with_previous(text) if line or before)


def _with_previous(text: str) -> list[tuple[str, str]]:
    """Each line with the one before it: of several empty lines, which absent parts leave, one stays."""
    lines = text.split("\n")
    return list(zip(lines, ["-", *lines], strict=False))


def _held_out(config: ExportConfig) -> str:
    """Which sets gave `val` a part of their training pictures."""
    sets = [f"every {d.hold_out}th training picture of {d.name}" for d in config.datasets if d.hold_out]
    return f"; {' and '.join(sets)} is `val`" if sets else ""


def _frequencies(metrics: dict[str, Any]) -> str:
    """Where the document frequencies of the second CIDEr come from."""
    known = [row["document_frequencies"] for row in metrics.values() if row.get("document_frequencies")]
    if not known:
        return "the captions of training pictures"
    return f"the captions of all {known[0]['pictures']:,} training pictures ({', '.join(known[0]['sets'])})"
