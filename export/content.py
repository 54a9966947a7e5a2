"""What a picture shows, by words in its references: for figures by content. A picture may show several of these."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

CONTENT: Mapping[str, frozenset[str]] = {
    name: frozenset(words.split())
    for name, words in {
        "people": """person people man men woman women boy boys girl girls child children kid kids baby toddler lady
            guy guys player players rider skier surfer snowboarder skateboarder crowd family someone""",
        "animals": """animal animals dog dogs puppy cat cats kitten horse horses pony cow cows bull sheep lamb goat bird
            birds duck ducks parrot seagull elephant elephants giraffe giraffes zebra zebras bear bears monkey lion
            tiger deer rabbit""",
        "sport": """soccer football basketball baseball tennis volleyball hockey rugby golf skateboard skateboarder
            skateboarding surf surfing surfboard surfer ski skis skiing skier snowboard snowboarder snowboarding bmx
            motocross climbing climber wrestling karate kayak kayaking gymnast frisbee racket bat racing""",
        "vehicles": """car cars truck trucks bus buses train trains motorcycle motorcycles motorbike bike bikes bicycle
            bicycles boat boats ship canoe kayak plane planes airplane airplanes airport helicopter van tractor
            scooter taxi wagon""",
        "indoors": """room kitchen bathroom bedroom bed sofa couch desk toilet sink shower bathtub refrigerator fridge
            oven stove microwave cabinet cabinets counter curtain curtains carpet rug lamp bookshelf shelf ceiling
            indoors office restaurant hallway""",
        "food": """food pizza cake sandwich burger salad soup bread cheese meat chicken rice pasta vegetables broccoli
            carrots fruit banana bananas apple apples oranges donut donuts cookies breakfast lunch dinner meal dessert
            coffee""",
    }.items()
}
"""Words of each content, singular and plural where both are common."""
AGREEMENT = 2
"""So many references must agree, or the only one there is."""
_WORD = re.compile(r"[a-z]+")


def shows(references: Sequence[str]) -> frozenset[str]:
    """The contents of a picture."""
    sentences = [set(_WORD.findall(reference.lower())) for reference in references]
    needed = min(AGREEMENT, len(sentences))
    return frozenset(
        name for name, words in CONTENT.items() if sum(bool(words & sentence) for sentence in sentences) >= needed
    )
