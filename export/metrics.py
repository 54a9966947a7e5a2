"""The caption metrics of the field, by pycocoevalcap: PTB tokeniser, BLEU, METEOR, ROUGE-L and CIDEr. Needs Java."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Mapping, Sequence

from export.tokens import tokenize

Captions = Mapping[int, Sequence[str]]


def quick_scores(candidates: Mapping[int, str], references: Captions) -> dict[str, float]:
    """BLEU-4 and CIDEr with our own tokeniser, without Java: for choosing on val while training."""
    from pycocoevalcap.bleu.bleu import Bleu
    from pycocoevalcap.cider.cider import Cider

    truth = {key: [" ".join(tokenize(r)) for r in references[key]] for key in candidates}
    found = {key: [text] for key, text in candidates.items()}
    with contextlib.redirect_stdout(io.StringIO()):  # its scorers print
        bleu, _ = Bleu(4).compute_score(truth, found)
        cider, _ = Cider().compute_score(truth, found)
    return {"bleu4": float(bleu[3]), "cider": float(cider)}


def caption_scores(candidates: Mapping[int, str], references: Captions) -> dict[str, float]:
    """The comparable figures: PTB tokeniser, BLEU-1..4, METEOR, ROUGE-L, CIDEr over the whole split."""
    from pycocoevalcap.bleu.bleu import Bleu
    from pycocoevalcap.cider.cider import Cider
    from pycocoevalcap.meteor.meteor import Meteor
    from pycocoevalcap.rouge.rouge import Rouge
    from pycocoevalcap.tokenizer.ptbtokenizer import PTBTokenizer

    with contextlib.redirect_stdout(io.StringIO()):
        truth = PTBTokenizer().tokenize({k: [{"caption": c} for c in references[k]] for k in candidates})
        found = PTBTokenizer().tokenize({k: [{"caption": c}] for k, c in candidates.items()})
        bleu, _ = Bleu(4).compute_score(truth, found)
        meteor, _ = Meteor().compute_score(truth, found)
        rouge, _ = Rouge().compute_score(truth, found)
        cider, _ = Cider().compute_score(truth, found)
    scores = {f"bleu{n}": float(value) for n, value in enumerate(bleu, 1)}
    return scores | {"meteor": float(meteor), "rouge_l": float(rouge), "cider": float(cider)}
