"""The words of the built-in set, by role and language. Deliberately plain: no slang that only insiders know.

A person decides here what counts, so each choice that could be doubted has its reason beside it.
"""

from __future__ import annotations

# Words for minors, only such as are no ordinary word of another language: not the German "Kind" by itself, nor "barn".
# "girl" and "boy" alone are not: both are said of adults as often. "teen" is: it means 13 to 19, and a
# refusal of something about an adult of 19 costs less than the other mistake. "minor" alone is a key in music.
MINORS = """
child, children, childlike, kid, kids, kiddie, kiddies, kiddo, baby, babies, infant, infants, toddler, toddlers,
newborn, newborns, minors, minor girl, minor boy, underage, underaged, under age, under eighteen, preteen, preteens,
pre-teen, tween, tweens, teen, teens, teenage, teenaged, teenager, teenagers, adolescent, adolescents, prepubescent,
pubescent, preschooler, preschoolers, kindergartner, kindergarten, elementary school, primary school, middle school,
middle schooler, high schooler, schoolgirl, schoolgirls, schoolboy, schoolboys, school girl, school girls, school boy,
school boys, schoolchild, schoolkid, schoolchildren, schoolkids, little girl, little girls, little boy, little boys,
young girl, young girls, young boy, young boys, small girl, small boy, boy scout, girl scout, loli, lolis, lolita,
lolitas, shota, shotas, nymphet
ein kind, das kind, kinder, kindes, kindlich, kleinkind, kleinkinder, säugling, minderjährig, minderjährige,
minderjähriger, mädchen, schulmädchen, schuljunge, schulkind, schulkinder, schülerin, kleiner junge, kleines mädchen,
jugendliche, jugendlicher
enfant, enfants, bébé, bébés, fillette, fillettes, petite fille, petites filles, petit garçon, garçonnet, mineure,
mineures, mineurs, écolière, écolier, collégienne, adolescente, adolescentes
niño, niños, niña, niñas, menor de edad, menores, colegiala, colegialas
bambino, bambina, bambini, bambine, minorenne, minorenni, ragazzina, ragazzino, scolaretta
criança, crianças, menina, meninas, menino, meninos, menor de idade, bebê
dziecko, dzieci, dziewczynka, dziewczynki, dziewczynkę, chłopczyk, nieletnia, nieletni, nastolatka, uczennica
ребёнок, ребенок, ребёнка, ребенка, дети, детей, девочка, девочки, девочку, девочек, мальчик, мальчики, мальчика,
школьница, школьницы, школьницу, школьник, малолетка, малолетняя, несовершеннолетняя, несовершеннолетние, подросток,
младенец
çocuk, çocuklar, çocuğu, küçük kız, kız çocuğu, reşit olmayan, bebek, ergen
kinderen, kindje, meisje, meisjes, minderjarig, minderjarige, tiener, flicka, pojke, flickor, minderårig
子供, 子ども, 幼女, 少女, 少年, 児童, 未成年, 幼児, 赤ちゃん, 小学生, 中学生, 女子高生, ロリ, ショタ
儿童, 兒童, 小孩, 孩子, 幼女, 女童, 男童, 婴儿, 萝莉, 正太
아이, 아이들, 어린이, 아동, 미성년자, 소녀, 소년, 여중생, 여고생, 유아, 로리
"""

# Words that make a picture sexual. "swimsuit" and "bikini" are not: children wear them on ordinary beaches. "nude" and
# "naked" are, also where nothing is meant by them ("children on a nude beach"): a model may well mean it.
SEXUAL = """
sex, sexual, sexually, sexualised, sexualized, sexy, nude, nudes, nudity, nudist, naked, nakedness, nsfw, porn, porno,
pornographic, pornography, erotic, erotica, erotically, hentai, ecchi, lewd, lewdly, topless, bottomless, undressed,
undressing, undresses, unclothed, striptease, lingerie, panties, in underwear, seductive, seductively, fetish, orgasm,
masturbate, masturbating, masturbates, masturbation, genitals, genitalia, penis, vagina, vulva, breasts, boobs,
nipple, nipples, cleavage, thong, without clothes, no clothes, wearing nothing, intercourse, blowjob, handjob,
aroused, horny, incest, molest, molested, molesting, rape, raped, raping
nackt, nackte, nackten, nackter, nacktes, sexuell, sexuelle, pornografisch, erotisch, erotische, unbekleidet,
ohne kleidung, nu, nue, nues, nus, sexe, sexuel, sexuelle, érotique, porno, seins, sans vêtements, déshabillée
desnudo, desnuda, desnudos, desnudas, sexo, sexi, erótica, erótico, pornográfico, sin ropa, tetas, pechos
nudo, nuda, nudi, nude, sesso, sessuale, erotico, erotica, senza vestiti
nua, nuas, pelado, pelados, peladas, sexo, sensual, sem roupa
nago, naga, nagie, nagi, nagą, seks, seksualny, seksowna, erotyczny, bez ubrania
голый, голая, голые, голую, голых, обнажённая, обнаженная, обнажённый, обнаженный, секс, сексуальная, сексуальный,
порно, эротика, эротический, раздетая, без одежды
çıplak, seks, seksi, cinsel, porno, erotik
naakt, naakte, seks, naken, nakna, nøgen
裸, 全裸, ヌード, セックス, エロ, エッチ, ポルノ, 性的, 性交, 下着姿, 乳首
裸体, 裸體, 裸露, 色情, 性感, 做爱, 做愛, 情色
나체, 알몸, 누드, 섹스, 섹시, 섹시한, 야한, 포르노
"""

# What has one meaning only.
ALONE = """
child porn, child porno, child pornography, kiddie porn, kid porn, csam, jailbait, lolicon, shotacon, toddlercon,
pedophilia, paedophilia, pedophile, paedophile, pedophilic
kinderporno, kinderpornos, kinderpornografie, kinderpornographie, pädophilie
pédopornographie, pornographie infantile, pornografía infantil, pornografia infantil, pedopornografia,
pornografia dziecięca, детское порно, детская порнография, çocuk pornosu, kinderporno, barnporr
児童ポルノ, ロリコン, ショタコン, 儿童色情, 兒童色情, 아동 포르노, 아동포르노
"""

# Phrases in which those words mean something else.
HARMLESS = """
baby blue, baby pink, baby doll, baby grand, baby shower, baby's breath, baby carrots, baby oil, baby face,
kid leather, kid gloves, goat kid, goat kids, kid goat, teenage mutant ninja turtle, teenage mutant ninja turtles,
boy scout cookies, same sex, same-sex, single-sex, naked eye, naked mole rat, naked mole rats, naked mole-rat,
naked mole-rats, naked cake, naked trees, naked branches, nude color, nude colors, nude colour, nude colours,
nude lipstick, nude tones, nude heels, nude shoes, nude palette, nude beige, nude pink, nude makeup, chicken breasts,
turkey breasts, duck breasts, sex pistols, 裸足, 裸眼, 裸電球
"""
