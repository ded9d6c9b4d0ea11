"""Names on which the filter is judged: what must not stand on a board, and what must never be turned away.

The filter was made until all of NASTY was caught. UNSEEN was written before it by the same author, and the
filter was not changed for what it missed there: a kinder judge than strangers will be.
"""

NASTY = """
fuck | FUCK | Fucker | fuckyou | f u c k | f.u.c.k | f-u-c-k | fuuuuuck | FuCk Off | phuck you | fück
f*ck | f**k | fu.ck | xXfuckXx | MotherFucker | motherfucka | sh1t | 5h1t | $hit | sh!t | shithead
BullShit | shitshit | S H I T | eat shit | a$$hole | assh0le | @sshole | asshat | big ass | b1tch
biatch | B!tch3s | bitchboy | c0ck sucker | suck my dick | bigdick69 | d1ckhead | cunt | cvnt | kunt
CUNTS | wh0re | sluts | pussy69 | Wanker | twat | nigger | n1gg3r | nigga | f4ggot | cumshot | p0rn
pornhub | penis | pen15 | v4gina | anal | rapist | hitler | Heil Hitler | sieg heil | n4zi | 𝓯𝓾𝓬𝓴
ｆｕｃｋ | ⓕⓤⓒⓚ | ꜰᴜᴄᴋ | 🇫🇺🇨🇰 | fu\u0301ck | Scheiße | Scheisskerl | Arschloch | Hurensohn | Fotze
Wichser | F1cker | merde | putain | salope | enculé | connard | hijo de puta | HijoDePuta | cabrón
coño | mierda | pendejo | caralho | filho da puta | cazzo | vaffanculo | stronzo | puttana | kurwa
chuj | spierdalaj | pierdolony | хуй | Пизда | блядь | ёбаный | еблан | хуесос | пидор | сука | blyat
nahui | orospu | siktir | amına koyayım | μαλάκας | γαμώτο | μουνί | klootzak | vittu | perkele
bazdmeg | chutiya | मादरचोद | bhenchod | चूतिया | كس امك | شرموطة | כוס אמק | זונה | 操你妈 | 傻逼
まんこ | ちんぽ | 씨발 | 개새끼 | địt mẹ | ควย | kontol | putangina
🅕🅤🅒🅚 | 🅵🆄🅲🅺 | ƒuck | Ƒuck | fucĸ | f❤u❤c❤k | f🔥u🔥c🔥k | n❤️i❤️g❤️g❤️e❤️r | fu👍🏽ck | shit💩 | a👩🏽‍🚀s👩🏽‍🚀s
HeilHitler | AdolfHitler | killyourself | suckmydick | gas the jews | gasthejews | fuc k | shi t | puss y
Nigg A | Fuc K | Sh I T | s H I T | PUSS Y
"""

UNSEEN = """
fuckface | ffuucckk | F_U_C_K | fcuk you | fuq u | fuckkk | unfuckable | sh1thead | dipshit | shite
sh*t | shitt | b.i.t.c.h | bitchez | sonofabitch | ass hole | dumbass | jackass | kiss my ass
cocksucker | sucks cock | big cock | di©k head | cunty | c*nt | slut | whores | pussies | wankers
n1gga | niggers | faggots | cumslut | pornstar | dildo | blowjob | bl0w j0b | rape | nazi | tittyfuck
big tits | boobs | arsehole | bollocks | twats | jizz | retard | Scheissdreck | Schlampe | Fick dich
Missgeburt | pute | ta gueule connard | nique ta mère | puta madre | maricón | gilipollas
chinga tu madre | porra caralho | buceta | porco dio | minchia | kurva | jebać | скотина сука | похуй
заебал | долбоёб | yarrak | πουτάνα | godverdomme | satans fitta | madarchod | भोसड़ी | قحبة | בן זונה
狗屎 | 妈的 | くそったれ | 병신 | lồn | ngentot
"""

INNOCENT = """
Scunthorpe | Dickson | Dick | Dickens | Dick Van Dyke | Benedict | Cocks | Hancock | Alcock | Hitchcock
Peacock | Cockburn | Nishita | Matsushita | Kinoshita | Yamashita | Toshitaka | Shitara | Akshita
Harshit | Ishita | Dikshit | Rakshit | Assunta | Cassandra | Hassan | Bass | Jessica Glass | Massimo
Picasso | Essex | Sussex | Sexton | Wessex Girl | Penistone | Titus | Titania | Constitution | Fukuda
Fukushima | Fuchs | Cumming | Cumberbatch | Cummings | Wankel | Schwanke | Swanky | Wankhede | Nazia
Nazir | Nazım | Ignazio | Draper | Grape Ape | Therapist | Janus | Manus | Uranus | Analisa | Canal Boat
Siriporn | Pornthip | Pornchai | Atwater | Arsenal | Parsek | Slutsky | Marks-Hitchens | Chris Hitchens
Bitche | Mike Hunt | Gaylord | Huy | Nguyễn Văn Dũng | Dũng | Phúc | Suka Maya | Asuka | Monique
Dominique | Véronique | Randi | Lund | Enrique Kike | Putnam | Deputado | Computer | Chingachgook
Cazzaniga | Verga | Hürrem | Huremović | Karsch | Marsch | Kutlu | Kutuzov | Malak | Malakai | Aziz
Piccolo | Götz | Göttingen | Peñas | Porras | Лебедев | Себастьян | Гребенщиков | Мария | Мудрый
Сукачёв | Παναγιώτης | Μάλαμας | Σκάτζος | محمد | كسرى | کیرا | فاطمة الزهراء | زينب | כוסברה | זוהר
יעקב | नमिता | लण्डन | चंदा | ราชา | คำแก้ว | สมศรี | 木村 | 操作 太郎 | 逼真 | 妈妈 | 李小龙 | さくら
まん丸 | ちんすこう | 김병신애 | 시발점 | 씨앗 | 박지성 | Zoë | Øystein | Łukasz | Đorđe | José María
O'Brien | D’Angelo | Anne-Marie | J. R. R. | Mr. T | Ada 2nd | R2-D2 | Gal·la | Björk 🎶 | 👩🏽‍🚀 Mae
🏴󠁧󠁢󠁳󠁣󠁴󠁿 Hamish | 🇯🇵 Ken | Team #1 | Ana1 | Phúc K. | Room F49 | Class 7b | 50% | A+ | C++ | ♥ Ana | Mx. Fox_99
Sam (he/him) | Ana L. | Ana L | Ana-L | Maria Ana L. | Ana L. 7b | Ana L. ❤ | Ana L. S. | Anu S. | Wan K.
Kun T. | Chu J. | Am K. | Fu K | Shi T. | Tit S | Ana Lu | Ana-Lu | Ana Lu B. | Analu | Ana Ly | Analy
De Cunto | J. Cunto | Cuntz | A. Cuntz | Ernst Neger | Geci | Kokot | Fuk Lam | Nahui Ollin | Cum Laude
Ada ❤ | ❤Ada❤ | L❤V | Ana❤Leo
"""


def names(text: str) -> list[str]:
    return [name.strip() for line in text.strip().splitlines() for name in line.split("|")]
