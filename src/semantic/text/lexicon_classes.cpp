/// Classes whose members exclude each other, units, number words, and function words that betray a language.
#include "semantic/text/lexicon_tables.h"

#include <array>

namespace inferenceflow::semantic::tables {
namespace {

using enum word_class;

constexpr auto k_contrasts = std::to_array<class_row>({
    {ordinal, 0, "first second third fourth fifth sixth seventh eighth ninth tenth last final"},
    {weekday, trait::k_name, "monday tuesday wednesday thursday friday saturday sunday"},
    {weekday, trait::k_name | trait::k_ambiguous, "mon tue tues wed thu thur thurs fri sat sun"},
    {month, trait::k_name,
     "january february april june july august september october november december jan feb apr aug sept oct nov dec"},
    {month, trait::k_name | trait::k_ambiguous, "march may mar jun jul sep"},
    {season, 0, "winter summer autumn spring fall monsoon"},
    {day_part, 0, "morning afternoon evening night noon midnight dawn dusk breakfast"},
    {day_relative, 0, "today tomorrow yesterday tonight"},
    {unit_mass, trait::k_unit, "kg kilogram kilo g gram mg milligram microgram lb lbs pound ounce oz ton tonne stone"},
    {unit_length, trait::k_unit,
     "km kilometer kilometre m meter metre cm centimeter centimetre mm millimeter millimetre inch foot ft mile yard"},
    {unit_volume, trait::k_unit,
     "liter litre ml milliliter millilitre gallon pint quart cup teaspoon tablespoon tsp tbsp"},
    {unit_time, trait::k_unit,
     "second minute hour day week month year decade century millisecond ms sec min hr yr annual daily weekly monthly "
     "yearly hourly"},
    {unit_data, trait::k_unit,
     "byte kb mb gb tb kib mib gib tib kilobyte megabyte gigabyte terabyte kbps mbps gbps bit"},
    {unit_temperature, trait::k_unit, "celsius fahrenheit kelvin"},
    {unit_other, trait::k_unit,
     "percent mph kmh kph watt kw kwh mw hz khz mhz ghz volt amp ampere joule calorie kcal psi bar pascal mah cc hp "
     "rpm dpi px acre hectare sqft"},
    {currency, trait::k_unit,
     "usd dollar eur euro gbp inr rupee jpy yen cny yuan rmb cad aud chf franc krw won rub ruble peso mxn brl aed "
     "dirham "
     "sgd hkd nzd sek nok dkk pln zar rand try lira bitcoin btc ethereum eth cent crore lakh"},
    {animal, 0,
     "cat dog cow horse pig goat sheep lamb chicken hen duck goose turkey rabbit hamster mouse rat squirrel guinea "
     "ferret lizard snake turtle "
     "tortoise frog toad fish goldfish shark whale dolphin lobster crab shrimp snail slug spider ant bee wasp fly "
     "mosquito cockroach "
     "butterfly moth beetle worm bird parrot parakeet eagle hawk owl crow pigeon penguin ostrich lion tiger leopard "
     "cheetah panther "
     "elephant giraffe zebra monkey gorilla chimpanzee bear panda koala kangaroo wolf fox deer moose elk camel donkey "
     "mule llama alpaca "
     "bat raccoon skunk beaver otter seal walrus crocodile alligator octopus squid jellyfish hedgehog puppy kitten "
     "iguana gecko bull buffalo"},
    {body_part, 0,
     "arm forearm leg hand finger thumb toe foot ankle knee hip shoulder elbow wrist neck back head face eye ear nose "
     "mouth lip tongue tooth "
     "chin cheek forehead chest breast stomach belly abdomen butt buttock thigh calf shin heel heart lung liver kidney "
     "brain spine rib skin "
     "throat gum jaw scalp hair nail bladder bowel pancreas ovary uterus prostate testicle penis vagina thyroid "
     "eyebrow eyelash groin"},
    {colour, 0,
     "red blue green yellow orange purple pink brown black white gray grey gold silver violet indigo cyan magenta "
     "beige"},
    {religion, trait::k_name,
     "christian muslim hindu buddhist jewish jew sikh jain atheist agnostic catholic protestant mormon christianity "
     "islam hinduism "
     "buddhism judaism sikhism"},
    {profession, 0,
     "doctor nurse dentist surgeon physician pharmacist veterinarian lawyer attorney judge engineer architect "
     "accountant auditor teacher "
     "professor educator academic scientist researcher actor actress singer musician dancer artist painter "
     "photographer writer author "
     "journalist reporter editor producer director designer programmer developer plumber electrician carpenter "
     "mechanic chef cook baker "
     "waiter waitress driver pilot soldier officer policeman cop firefighter detective investigator agent escort "
     "adviser advisor analyst "
     "economist banker broker investor entrepreneur businessman manager executive secretary intern assistant organizer "
     "activist politician "
     "candidate president senator governor mayor minister historian philosopher psychologist psychiatrist therapist "
     "interpreter translator "
     "librarian farmer fisherman barber hairdresser model athlete quarterback player coach referee student architect "
     "butcher tailor "
     "administrator consultant expert hostess salesman cashier paramedic midwife"},
    {sport, 0,
     "football soccer basketball baseball tennis golf cricket hockey rugby volleyball badminton swimming boxing "
     "wrestling cycling skiing "
     "snowboarding surfing skating gymnastics judo karate bowling billiards chess poker softball lacrosse squash polo "
     "rowing sailing"},
    {instrument, 0,
     "piano guitar violin cello drum flute trumpet saxophone clarinet harp ukulele keyboard bass banjo trombone oboe"},
    {kin, 0,
     "mother father mom dad mum parent brother sister son daughter husband wife uncle aunt nephew niece cousin "
     "grandmother grandfather grandma "
     "grandpa boyfriend girlfriend fiance fiancee stepfather stepmother baby toddler infant teenager"},
    {gender, 0, "man woman boy girl male female guy lady gentleman"},
    {direction, 0, "north south east west northern southern eastern western northeast northwest southeast southwest"},
    {food, 0,
     "apple banana orange grape strawberry blueberry mango pineapple watermelon lemon lime peach pear cherry potato "
     "tomato onion garlic carrot "
     "broccoli cabbage spinach lettuce cucumber pepper mushroom corn rice wheat pasta bread cheese butter milk yogurt "
     "cream egg beef pork chicken "
     "lamb bacon ham sausage fish salmon tuna shrimp tofu bean lentil peanut almond walnut cashew honey sugar salt "
     "coffee tea juice beer wine "
     "whiskey vodka rum chocolate cake cookie pizza burger sandwich soup salad seed meat"},
    {programming, trait::k_name,
     "python java javascript typescript c++ c# php perl kotlin scala haskell matlab fortran cobol golang erlang elixir "
     "clojure "
     "django laravel numpy pytorch tensorflow keras mysql postgresql postgres mongodb sqlite redis kubernetes docker"},
    {programming, trait::k_name | trait::k_ambiguous,
     "ruby swift rust go julia dart react angular vue node spring flask oracle rails"},
    {platform, trait::k_name,
     "windows linux macos android ios ubuntu debian fedora chromebook iphone ipad macbook blackberry xbox playstation "
     "nintendo"},
    {company, trait::k_name,
     "google microsoft amazon facebook samsung sony nokia ibm intel nvidia toyota honda bmw audi mercedes ford tesla "
     "volkswagen "
     "hyundai nissan walmart starbucks mcdonald netflix uber lyft airbnb paypal ebay alibaba flipkart tcs infosys "
     "wipro accenture "
     "deloitte verizon comcast vodafone airtel xiaomi oneplus lenovo dell hp asus motorola huawei openai"},
    {company, trait::k_name | trait::k_ambiguous, "apple target oracle chase visa square meta"},
    {social_site, trait::k_name,
     "twitter instagram snapchat whatsapp linkedin youtube tumblr pinterest reddit quora tiktok telegram skype myspace "
     "wechat "
     "messenger gmail hotmail outlook yahoo tinder"},
    {degree, 0, "bachelor master doctorate phd mba btech mtech bsc msc bba mca bca diploma"},
    {school_subject, 0,
     "math mathematics physics chemistry biology history geography economics psychology philosophy sociology astronomy "
     "geology "
     "statistics calculus algebra geometry trigonometry accounting finance marketing"},
    {planet, 0, "mercury venus earth mars jupiter saturn uranus neptune pluto moon"},
    {element, 0,
     "hydrogen helium lithium carbon nitrogen oxygen sodium magnesium aluminum aluminium silicon sulfur sulphur "
     "chlorine potassium calcium "
     "iron copper zinc nickel lead tin platinum uranium plutonium iodine fluorine mercury"},
    {vehicle, 0,
     "car truck bus train bicycle bike motorcycle scooter boat ship plane airplane aeroplane helicopter van taxi "
     "subway tram suv"},
    {illness, 0,
     "cancer diabetes asthma flu influenza pneumonia arthritis migraine headache depression anxiety hypertension "
     "stroke malaria dengue "
     "tuberculosis hepatitis herpes hiv chlamydia gonorrhea syphilis measles chickenpox shingles eczema psoriasis acne "
     "autism dementia "
     "alzheimer parkinson epilepsy schizophrenia bronchitis sinusitis tonsillitis leukemia lymphoma fever cough "
     "diarrhea constipation"},
    {material, 0,
     "wood plastic steel glass leather cotton wool silk nylon polyester concrete brick marble rubber paper"},
});

constexpr std::string_view k_numbers = "zero 0 two 2 three 3 four 4 five 5 six 6 seven 7 eight 8 nine 9 ten 10 eleven "
                                       "11 twelve 12 thirteen 13 fourteen 14 fifteen 15 "
                                       "sixteen 16 seventeen 17 eighteen 18 nineteen 19 twenty 20 thirty 30 forty 40 "
                                       "fifty 50 sixty 60 seventy 70 eighty 80 ninety 90 "
                                       "half 0.5 dozen 12 twice 2 thrice 3";
constexpr std::string_view k_scales = "hundred 100 thousand 1000 k 1000 million 1000000 mn 1000000 billion 1000000000 "
                                      "bn 1000000000 trillion 1000000000000 lakh 100000 "
                                      "crore 10000000 lac 100000";

constexpr auto k_foreign = std::to_array<class_row>({
    {language_de, trait::k_foreign,
     "der das und ist ich nicht ein eine wie auf mit für dem den zu sind kann wir sie es von warum wo wer welche mein"},
    {language_fr, trait::k_foreign,
     "le les est et je ne pas un une que qui dans pour sur avec comment pourquoi mon ce sont peut vous nous quel "
     "quelle où du"},
    {language_es, trait::k_foreign,
     "el los las es y que en un una por para con cómo qué cuál dónde mi puedo del se está son como donde cual"},
    {language_it, trait::k_foreign,
     "il lo gli è e che di per con come perché dove sono posso della nel quale mio una questo"},
    {language_pt, trait::k_foreign, "o os é e que em um uma por para com como não onde qual meu posso do da são você"},
    {language_nl, trait::k_foreign, "de het een en van ik niet is wat hoe waarom waar kan voor met op zijn mijn welke"},
});

} // namespace

std::span<const class_row> contrasts() {
  return k_contrasts;
}
std::span<const class_row> foreign_words() {
  return k_foreign;
}
std::string_view number_words() {
  return k_numbers;
}
std::string_view scale_words() {
  return k_scales;
}

} // namespace inferenceflow::semantic::tables
