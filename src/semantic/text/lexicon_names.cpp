/// Names in general use, so that they are seen in lower-cased texts too: first names, countries, regions, cities.
#include "semantic/text/lexicon_tables.h"

#include <array>

namespace inferenceflow::semantic::tables {
namespace {

using enum word_class;

constexpr std::uint32_t k_he = trait::k_name | trait::k_male;
constexpr std::uint32_t k_she = trait::k_name | trait::k_female;
constexpr std::uint32_t k_unsure = trait::k_ambiguous;

constexpr auto k_first_names = std::to_array<class_row>({
    {first_name, k_he,
     "james john robert michael william david richard joseph thomas charles christopher daniel matthew anthony donald "
     "steven paul andrew "
     "joshua kenneth kevin brian george edward ronald timothy jason jeffrey ryan jacob gary nicholas eric jonathan "
     "stephen larry justin scott "
     "brandon benjamin samuel gregory alexander patrick frank raymond dennis jerry tyler aaron jose adam nathan henry "
     "zachary douglas "
     "peter kyle noah ethan jeremy walter christian keith roger terry austin sean gerald carl harold dylan arthur "
     "lawrence jesse bryan "
     "billy bruce gabriel joe logan albert willie alan eugene russell vincent philip bobby johnny bradley roy ralph "
     "randy louis "
     "harry luis carlos juan antonio miguel pedro diego pablo jorge fernando javier liam mason elijah lucas oliver "
     "aiden jayden caleb isaac "
     "connor hunter cameron derek evan ian trevor travis shane seth marcus victor martin leonard oscar edgar alfred "
     "stanley dmitri ivan "
     "vladimir igor sergei boris hans klaus jurgen pierre jean-luc marco giovanni luca mario raj rahul amit arjun "
     "vijay ravi sanjay rohit suresh "
     "ramesh anil sunil ajay vikram mohammed muhammad ahmed ali omar hassan ibrahim yusuf wei ming hiroshi kenji "
     "takashi min-ho barack "
     "julian dominic xavier ernest theodore leon felix max hugo"},
    {first_name, k_he | k_unsure,
     "mark will bill jack chase grant dean drew rob art frank chad jordan gene guy dick bob tom tim jim mike nick ben "
     "sam dan"},
    {first_name, k_she,
     "mary patricia jennifer linda elizabeth barbara susan jessica sarah karen nancy lisa margaret sandra ashley "
     "kimberly emily donna "
     "michelle carol amanda dorothy melissa deborah stephanie rebecca sharon laura cynthia kathleen amy angela shirley "
     "anna brenda pamela "
     "emma nicole helen samantha katherine christine debra rachel carolyn janet catherine maria heather diane ruth "
     "julie olivia joyce virginia "
     "victoria kelly lauren christina joan evelyn judith megan andrea cheryl hannah jacqueline martha gloria teresa "
     "ann sara madison frances "
     "kathryn janice jean abigail alice julia judy sophia grace denise amber doris marilyn danielle beverly isabella "
     "theresa diana natalie "
     "brittany charlotte marie kayla alexis lori alyssa vanessa courtney allison melanie tiffany crystal caroline "
     "claire erin jenna jasmine "
     "ella mia chloe zoe lily lucy leah audrey stella eleanor nora ellen rosa carmen lucia elena sofia valentina "
     "camila priya anjali pooja "
     "neha sneha divya kavita sunita fatima aisha zainab yuki sakura mei ling svetlana natasha olga tatiana ingrid "
     "astrid heidi greta "
     "francesca giulia chiara hillary melania ivanka michele kate katie jenny becky sophie ava amelia harper"},
    {first_name, k_she | k_unsure,
     "hope faith joy rose dawn summer autumn april may june eve sky ivy iris daisy holly pearl ruby amber crystal "
     "grace lily"},
    {none, trait::k_name,
     "smith johnson brown jones garcia miller davis rodriguez martinez hernandez lopez gonzalez wilson anderson thomas "
     "taylor moore jackson "
     "lee perez thompson harris sanchez clark ramirez lewis robinson walker allen wright torres nguyen flores adams "
     "nelson rivera campbell "
     "mitchell carter roberts gomez phillips evans turner diaz edwards collins reyes stewart morris morales murphy "
     "kapoor sharma gupta patel "
     "singh kumar modi gandhi trump obama clinton putin einstein newton shakespeare hitler stalin lenin napoleon musk "
     "bezos zuckerberg biden "
     "kejriwal messi ronaldo federer nadal djokovic beyonce rihanna eminem kardashian"},
});

constexpr auto k_places = std::to_array<class_row>({
    {country, trait::k_name,
     "afghanistan albania algeria andorra angola argentina armenia australia austria azerbaijan bahamas bahrain "
     "bangladesh barbados belarus "
     "belgium belize benin bhutan bolivia bosnia botswana brazil brunei bulgaria burundi cambodia cameroon canada "
     "china chile colombia congo "
     "croatia cuba cyprus czechia denmark ecuador egypt eritrea estonia ethiopia fiji finland france gabon gambia "
     "germany ghana greece "
     "greenland grenada guatemala guinea guyana haiti honduras hungary iceland india indonesia iran iraq ireland "
     "israel italy jamaica japan "
     "kazakhstan kenya kiribati kosovo kuwait kyrgyzstan laos latvia lebanon lesotho liberia libya liechtenstein "
     "lithuania luxembourg "
     "macedonia madagascar malawi malaysia maldives mali malta mauritania mauritius mexico moldova monaco mongolia "
     "montenegro morocco "
     "mozambique myanmar namibia nepal netherlands holland nicaragua niger nigeria norway oman pakistan palau "
     "palestine panama paraguay peru "
     "philippines poland portugal qatar romania russia rwanda samoa senegal serbia seychelles singapore slovakia "
     "slovenia somalia spain sudan "
     "suriname swaziland sweden switzerland syria taiwan tajikistan tanzania thailand togo tonga tunisia turkmenistan "
     "tuvalu uganda ukraine "
     "uruguay uzbekistan vanuatu venezuela vietnam yemen zambia zimbabwe usa uk uae england scotland wales america "
     "britain"},
    {country, trait::k_name | trait::k_ambiguous, "turkey jordan chad georgia"},
    {nationality, trait::k_name,
     "afghan albanian algerian american argentine argentinian armenian australian austrian bangladeshi belgian "
     "bolivian brazilian british "
     "bulgarian cambodian canadian chilean chinese colombian croatian cuban czech danish dutch egyptian english "
     "estonian ethiopian finnish "
     "french german ghanaian greek hungarian icelandic indian indonesian iranian iraqi irish israeli italian jamaican "
     "japanese jordanian "
     "kenyan korean kuwaiti latvian lebanese libyan lithuanian malaysian mexican mongolian moroccan nepali nepalese "
     "nigerian norwegian "
     "pakistani palestinian peruvian philippine filipino polish portuguese romanian russian saudi scottish serbian "
     "singaporean slovak "
     "slovenian somali spanish sudanese swedish swiss syrian taiwanese thai tunisian turkish ukrainian uruguayan "
     "venezuelan vietnamese welsh "
     "yemeni african asian european arab hispanic latino persian"},
    {language, trait::k_name,
     "arabic hindi mandarin cantonese tamil telugu urdu bengali punjabi marathi gujarati kannada malayalam hebrew "
     "latin sanskrit swahili esperanto"},
    {region, trait::k_name,
     "alabama alaska arizona arkansas california colorado connecticut delaware florida hawaii idaho illinois indiana "
     "iowa kansas kentucky "
     "louisiana maine maryland massachusetts michigan minnesota mississippi missouri montana nebraska nevada ohio "
     "oklahoma oregon "
     "pennsylvania tennessee texas utah vermont wisconsin wyoming ontario quebec alberta manitoba bavaria catalonia "
     "andalusia tuscany sicily "
     "kerala karnataka maharashtra gujarat rajasthan punjab bihar bengal assam goa telangana haryana kashmir tibet "
     "siberia queensland tasmania "
     "europe asia africa antarctica scandinavia"},
    {city, trait::k_name,
     "london paris berlin madrid rome vienna prague budapest warsaw lisbon dublin amsterdam brussels copenhagen "
     "stockholm oslo helsinki athens "
     "moscow kiev kyiv istanbul ankara cairo lagos nairobi johannesburg casablanca tokyo osaka kyoto beijing shanghai "
     "shenzhen guangzhou hong-kong "
     "seoul taipei bangkok hanoi jakarta manila kuala sydney melbourne brisbane perth auckland wellington toronto "
     "montreal vancouver ottawa "
     "chicago boston seattle houston dallas austin denver phoenix atlanta miami detroit philadelphia baltimore "
     "portland sacramento orlando "
     "mumbai delhi bangalore bengaluru hyderabad chennai kolkata pune ahmedabad jaipur lucknow kanpur nagpur indore "
     "bhopal chandigarh gurgaon "
     "noida kochi karachi lahore islamabad dhaka colombo kathmandu dubai riyadh doha tehran baghdad jerusalem lima "
     "bogota santiago caracas "
     "havana barcelona valencia seville milan naples venice florence turin munich hamburg cologne frankfurt zurich "
     "geneva basel lyon marseille "
     "manchester liverpool birmingham glasgow edinburgh bristol leeds"},
});

} // namespace

std::span<const class_row> first_names() {
  return k_first_names;
}
std::span<const class_row> places() {
  return k_places;
}

} // namespace inferenceflow::semantic::tables
