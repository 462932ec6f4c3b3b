"""Given names that stand for one another: short forms and usual spellings. Data, and one question."""

from __future__ import annotations

from typing import Final

_LINES: Final = """
abdullah abdallah
abigail abby gail
ahmed ahmad ahmet
albert al bert
alexander alex al sandy xander sasha alejandro aleksander
alexandra alex sandra sasha lexi
alfred alf fred
alison allie ali
amanda mandy
andrew andy drew andre andrei
ann anna anne annie hannah
anthony tony antonio
arthur art
barbara barb babs
benjamin ben benny benji
bernard bernie
bridget bridie biddy
caroline carol carrie
catherine katherine kathryn katharine cathy kathy kate katie kit kitty katarina
charles charlie chuck chas carlos
charlotte lottie charlie
christina christine chris tina kristina
christopher chris kit topher kristopher
clifford cliff
cynthia cindy
daniel dan danny
danielle dani
david dave davey
deborah debra debbie deb
dennis denny
donald don donnie
dorothy dot dottie
douglas doug
edward ed eddie ted teddy ned eduardo
eleanor ellie nell nora
elizabeth elisabeth liz lizzie beth betty eliza libby elsie
emily em emmy
evelyn evie
florence flo
frances fran fanny
francis frank francisco
frederick fred freddie
gabriel gabe
gabrielle gabby
gerald gerry jerry
gerard gerry
gregory greg
harold harry hal
henry harry hank enrique
isaac ike
isabella isabel isobel bella izzy
jacob jake jakob
jacqueline jackie
james jim jimmy jamie
janet jan
jason jay
jeffrey geoffrey jeff geoff
jennifer jen jenny
jessica jess jessie
joan joanie
joanna joanne jo
john jon jack johnny juan johan
jonathan jon jonny
joseph joe joey jose
joshua josh
josephine jo josie
judith judy
julia julie
kenneth ken kenny
kevin kev
kimberly kim
laurence lawrence larry
leonard len lenny leo
leslie les
lillian lily
louis lewis lou luis
lucy lucille
magdalena magda lena
margaret maggie meg peggy marge greta
maria mary marie maryam mariam
martin marty
matthew matt mateo
maximilian max
melissa mel missy
michael mike mick mickey mikhail miguel
michelle shelly
mohammed muhammad mohamed mohammad muhammed mehmet mo
nathan nathaniel nate nat
nicholas nick nicky nicolas nikolai
nicole nicky
oliver ollie
pamela pam
patricia pat patty trish tricia
patrick pat paddy
peter pete pedro
philip phillip phil
priscilla cilla
rachel rae
raymond ray
rebecca becky becca
richard rick ricky dick rich ricardo
robert rob bob bobby robbie bert roberto
roberta bobbie
ronald ron ronnie
rosemary rose rosie
russell russ
samantha sam
samuel sam sammy
sarah sara sally
sean shaun shawn
sharon shari
sofia sophia sophie
stanley stan
stephanie steph
stephen steven steve stefan
susan sue susie suzanne
sydney sidney sid
tamara tammy
terence terry
teresa theresa terry tess
theodore ted theo teddy
thomas tom tommy tomas
timothy tim timmy
tobias toby
valerie val
vanessa nessa
veronica ronnie
victor vic
victoria vicky tori
vincent vince vinny
virginia ginny
walter walt wally
william bill billy will willie liam guillermo
yusuf yousef youssef yosef
yvonne evonne
zachary zach zack
"""

GROUPS: Final = tuple(tuple(line.split()) for line in _LINES.split("\n") if line)
"""Names that can be forms of one name, in lower case."""

_MEMBERSHIP: Final[dict[str, frozenset[int]]] = {
    name: frozenset(i for i, group in enumerate(GROUPS) if name in group)
    for group in GROUPS
    for name in group
}
_NONE: Final[frozenset[int]] = frozenset()


def share_a_nickname(one: str, other: str) -> bool:
    """Whether two folded given names can be forms of one name."""
    return not _MEMBERSHIP.get(one, _NONE).isdisjoint(_MEMBERSHIP.get(other, _NONE))
