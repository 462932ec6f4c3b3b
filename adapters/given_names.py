"""Given names so usual that one is no misspelling of another (US census of 1990). Data.

Written by `python -m tests.bench learn`: every name that at least 0.03% of the people bear.
"""

from __future__ import annotations

from typing import Final

_NAMES: Final = """
aaron ada adam adrian agnes alan albert alex alexander alfred alice alicia allan allen allison alma
alvin amanda amber amy ana andre andrea andrew angel angela angie anita ann anna anne annette annie
anthony antonio april arlene armando arnold arthur ashley audrey barbara barry beatrice becky
belinda ben benjamin bernard bernice bertha bessie beth betty beverly bill billie billy blanche bob
bobbie bobby bonnie brad bradley brandi brandon brandy brenda brent brett brian brittany bruce bryan
calvin carl carla carlos carmen carol carole caroline carolyn carrie casey cassandra catherine cathy
cecil cecilia chad charlene charles charlie charlotte cheryl chester chris christian christina
christine christopher christy cindy claire clara clarence claude claudia clayton clifford clinton
clyde cody colleen connie constance cora corey cory courtney craig crystal curtis cynthia daisy dale
dan dana daniel danielle danny darlene darrell darren darryl david dawn dean deanna debbie deborah
debra delores denise dennis derek derrick diana diane dianne dolores don donald donna dora doris
dorothy douglas duane dustin dwayne dwight earl eddie edgar edith edna edward edwin eileen elaine
eleanor elizabeth ella ellen elmer elsie emily emma eric erica erik erika erin ernest esther ethel
eugene eunice eva evelyn everett faye felicia felix fernando florence floyd frances francis
francisco frank franklin fred frederick gabriel gail gary gene geneva george georgia gerald
geraldine gertrude gilbert gina gladys glen glenda glenn gloria gordon grace greg gregory guadalupe
guy gwendolyn harold harriet harry harvey hattie hazel heather hector heidi helen henry herbert
herman hilda holly howard hugh ian ida irene iris irma isabel jack jackie jacob jacqueline jaime
james jamie jan jane janet janice jared jason javier jay jean jeanette jeanne jeff jeffery jeffrey
jennie jennifer jenny jeremy jerome jerry jesse jessica jessie jesus jill jim jimmie jimmy jo joan
joann joanna joanne jody joe joel john johnnie johnny jon jonathan jordan jorge jose joseph
josephine joshua joy joyce juan juanita judith judy julia julie julio june justin karen karl
katherine kathleen kathryn kathy katie katrina kay keith kelly ken kenneth kerry kevin kim kimberly
kristen kristi kristin kristina kurt kyle lance larry laura lauren laurie lawrence leah lee lena leo
leon leona leonard leroy leslie lester lewis lillian lillie linda lindsay lindsey lisa lloyd lois
lonnie loretta lori lorraine louis louise lucille lucy luis lydia lynn mabel mae manuel marc marcia
marcus margaret margarita margie marguerite maria marian marie marilyn mario marion marjorie mark
marlene marsha martha martin marvin mary mathew matthew mattie maureen maurice max maxine megan
melanie melinda melissa melvin michael micheal michele michelle miguel mike mildred milton minnie
miriam misty mitchell molly monica myrtle nancy naomi natalie natasha nathan nathaniel neil nellie
nelson nicholas nicole nina nora norma norman olga oscar pamela pat patricia patrick patsy paul
paula pauline pearl pedro peggy penny peter philip phillip phyllis priscilla rachel rafael ralph
ramon ramona randall randy raul ray raymond rebecca regina reginald rene renee rhonda ricardo
richard rick ricky rita robert roberta roberto robin rodney roger roland ron ronald ronnie rosa rose
rosemary rosie roy ruben ruby russell ruth ryan sabrina sally sam samantha samuel sandra sandy sara
sarah scott sean shane shannon sharon shawn sheila shelly sherri sherry sheryl shirley sidney sonia
stacey stacy stanley stella stephanie stephen steve steven sue susan suzanne sylvia tamara tammy
tanya tara ted teresa terri terry thelma theodore theresa thomas tiffany tim timothy tina todd tom
tommy toni tony tonya tracey tracy travis troy tyler tyrone valerie vanessa velma vera vernon
veronica vicki vickie victor victoria vincent viola violet virginia vivian wallace walter wanda
warren wayne wendy wesley william willie wilma yolanda yvonne zachary
"""

ESTABLISHED_GIVEN_NAMES: Final = frozenset(_NAMES.split())
