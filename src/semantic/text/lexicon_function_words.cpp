/// Words that carry grammar rather than matter: what they do to a question's meaning is in their traits.
#include "semantic/text/lexicon_tables.h"

#include <array>

namespace inferenceflow::semantic::tables {
namespace {

using enum word_class;

constexpr auto k_rows = std::to_array<class_row>({
    {none, trait::k_stop | trait::k_determiner, "a an the this that these those such"},
    {none, trait::k_stop | trait::k_quantifier, "any some someone somebody"},
    {none, trait::k_stop | trait::k_preposition,
     "of in on at by for to from with into onto upon about against between among through during over under toward "
     "towards "
     "within along across around near behind beside besides beyond per via as than like off up down out according "
     "regarding"},
    {none, trait::k_stop | trait::k_conjunction, "and & plus"},
    {none, trait::k_stop | trait::k_disjunction, "or"},
    {none, trait::k_stop | trait::k_conjunction | trait::k_disjunction, "vs versus"},
    {none, trait::k_stop,
     "but if then else so because though although while whether since until till nor yet let's lets let there here "
     "also too "
     "just even only very quite much more most less least many lot lots really own same other else ever s t d m re ve "
     "ll "
     "thing things something anything everything someone anyone somebody anybody etc eg ie one ones oneself ok "
     "okay"},
    {none, trait::k_stop | trait::k_pronoun,
     "i me we us you ya u it they them myself yourself ourselves itself themselves people"},
    {none, trait::k_stop | trait::k_pronoun | trait::k_male, "he him himself his"},
    {none, trait::k_stop | trait::k_pronoun | trait::k_female, "she her herself hers"},
    {possessor, trait::k_stop | trait::k_pronoun, "my mine your yours our ours their theirs its"},
    {none, trait::k_stop | trait::k_be, "is are am be been being"},
    {none, trait::k_stop | trait::k_be | trait::k_past, "was were"},
    {none, trait::k_stop | trait::k_aux, "do does doing done has have having get gets getting"},
    {none, trait::k_stop | trait::k_aux | trait::k_past, "did had got gotten"},
    {modal, trait::k_stop | trait::k_aux | trait::k_modal, "can could should would must may might shall ought will"},
    {none, trait::k_stop | trait::k_negation, "not no never none nobody nothing nowhere neither cannot without"},
    {none, trait::k_negation,
     "non lack lacks lacking refuse refuses stop stops stopped stopping avoid avoids avoided avoiding quit "
     "fail fails failed failing unable prevent prevents preventing except excluding"},
    {question, trait::k_stop | trait::k_question, "who whom whose when where why how what which"},
    {none, trait::k_stop | trait::k_filler,
     "please actually indeed truly really basically honestly simply literally certainly surely definitely anyway well "
     "kindly "
     "exactly currently nowadays presently"},
    {greeting, trait::k_filler, "hello hi hey thanks thank greetings goodbye bye"},
    {operation, 0, "+ - * / = < > ^ | ~ ! && ||"},
    {quantity, trait::k_stop | trait::k_quantifier, "all every each everyone everybody always"},
    {aspect, trait::k_stop, "already still anymore again yet"},
    // Other languages' negations: enough to notice that one text has it and the other lacks it.
    {none, trait::k_negation | trait::k_foreign,
     "nicht kein keine keinen keiner nie niemals ohne pas jamais sans aucun nunca jamás ninguno non mai senza não nao "
     "nem sem "
     "niet geen nooit не нет без никогда ни nie bez inte aldrig ikke değil yok tidak bukan jangan không chưa नहीं मत"},
});

// First the word that stands for the group; the others are read as that word.
constexpr std::string_view k_irregular =
    "a an|be is are am was were been being|use uses used using|do does did done doing|have has had having|go went gone "
    "goes|see saw seen|take "
    "took taken|"
    "give gave given|get got gotten|make made|know knew known|think thought|say said|tell told|find found|lose "
    "lost|buy bought|"
    "bring brought|teach taught|catch caught|sell sold|leave left|feel felt|keep kept|hold held|write wrote "
    "written|read|"
    "eat ate eaten|drink drank drunk|speak spoke spoken|break broke broken|choose chose chosen|drive drove driven|"
    "steal stole stolen|fall fell fallen|grow grew grown|throw threw thrown|begin began begun|run ran|come came|become "
    "became|"
    "win won|meet met|pay paid|send sent|spend spent|build built|lend lent|sleep slept|hear heard|stand stood|"
    "understand understood|forget forgot forgotten|forgive forgave forgiven|fight fought|seek sought|shoot shot|bite "
    "bit bitten|"
    "hide hid hidden|ride rode ridden|rise rose risen|sing sang sung|swim swam swum|wear wore worn|tear tore torn|"
    "beat beaten|draw drew drawn|fly flew flown|lead led|die died dying dies|lie lay lain|mean meant|man men|woman "
    "women|"
    "child children kid kids|person persons|foot feet|tooth teeth|mouse mice|goose geese|wife wives|life lives|leaf "
    "leaves|"
    "bad worse worst|good better|many more|old older oldest elder|analysis analyses|datum data";

// Past participles that do not end in -ed: "was lost by", "is known by".
constexpr std::string_view k_participles = "seen taken given made known thought said told found lost bought brought "
                                           "taught caught sold left felt kept held written read "
                                           "eaten drunk spoken broken chosen driven stolen thrown begun won met paid "
                                           "sent spent built hurt hit cut put led shot bitten "
                                           "hidden ridden sung worn torn beaten drawn flown fought sought understood "
                                           "forgotten forgiven heard let set run shown done";

constexpr std::string_view k_symmetric = "acquaintance acquaintances colleague colleagues classmate classmates "
                                         "roommate roommates partner partners relative relatives rival rivals "
                                         "enemy enemies twin spouse spouses peers adjoin intersect overlap married "
                                         "related similar close equal equivalent identical same different "
                                         "difference adjacent near next linked connected tied "
                                         "engaged friends friend compatible compare compared comparable comparison "
                                         "dating meet siblings sibling cousins cousin twins "
                                         "neighbors neighbours parallel vs versus between relationship relation "
                                         "distance resemble together distinguish distinction "
                                         "divorced correlated connection link allied marry associated acquainted";

// Two or three words read as one. The right side is the word they become; empty means that they say nothing.
constexpr auto k_phrases = std::to_array<phrase_row>({
    {"in fact", ""},
    // Ways to begin a request.
    {"tell me", "", true},
    {"let me know", "", true},
    {"can you tell me", "", true},
    {"could you tell me", "", true},
    {"would you tell me", "", true},
    {"can you please tell me", "", true},
    {"could you please tell me", "", true},
    {"can anyone tell me", "", true},
    {"can someone tell me", "", true},
    {"could someone tell me", "", true},
    {"can somebody tell me", "", true},
    {"can you please", "", true},
    {"could you please", "", true},
    {"would you please", "", true},
    {"can you help me", "", true},
    {"could you help me", "", true},
    {"please help me", "", true},
    {"help me", "", true},
    {"i want to know", "", true},
    {"i wanted to know", "", true},
    {"i need to know", "", true},
    {"i would like to know", "", true},
    {"i was wondering", "", true},
    {"i am wondering", "", true},
    {"i wonder", "", true},
    {"just wondering", "", true},
    {"just curious", "", true},
    {"quick question", "", true},
    {"do you know", "", true},
    {"does anyone know", "", true},
    {"does anybody know", "", true},
    {"do you happen to know", "", true},
    {"for me please", "", true},
    {"thank you", "", true},
    {"good morning", "", true},
    {"good evening", "", true},
    {"or not", ""},
    {"or why not", ""},
    {"as well", "also"},
    {"of course", ""},
    {"at all", ""},
    {"these days", ""},
    {"right now", ""},
    {"use to", "formerly"},
    {"used to", "formerly"},
    {"no longer", "formerly"},
    {"at least", "atleast"},
    {"at most", "atmost"},
    {"more than", "morethan"},
    {"greater than", "morethan"},
    {"smaller than", "lessthan"},
    {"less than", "lessthan"},
    {"fewer than", "lessthan"},
    {"how many", "howmany"},
    {"how much", "howmuch"},
    {"how long", "howlong"},
    {"how old", "howold"},
    {"how far", "howfar"},
    {"how often", "howoften"},
    {"how big", "howbig"},
    {"how tall", "howtall"},
    {"what time", "when"},
    {"what year", "when"},
    {"what date", "when"},
    {"what day", "when"},
    {"how come", "why"},
    {"what place", "where"},
    {"not only", "also"},
    {"instead of", "insteadof"},
    {"rather than", "insteadof"},
    {"due to", "because"},
    {"in order to", "to"},
    {"a lot of", "many"},
    {"lots of", "many"},
    {"such as", "like"},
    {"turn on", "turnon"},
    {"turn off", "turnoff"},
    {"switch on", "turnon"},
    {"switch off", "turnoff"},
    {"log in", "login"},
    {"sign in", "login"},
    {"log out", "logout"},
    {"sign out", "logout"},
    {"sign up", "signup"},
    {"each other", "eachother"},
    {"united states", "usa"},
    {"united kingdom", "uk"},
    {"the us", "usa"},
});

constexpr auto k_phrase_words = std::to_array<class_row>({
    {aspect, trait::k_past, "formerly"},
    {none, 0, "turnon turnoff login logout signup"},
    {none, trait::k_stop | trait::k_quantifier, "atleast atmost morethan lessthan"},
    {question, trait::k_stop | trait::k_question, "howmany howmuch howlong howold howfar howoften howbig howtall"},
    {none, trait::k_stop | trait::k_negation, "insteadof"},
    {none, trait::k_stop, "eachother"},
});

} // namespace

std::span<const class_row> function_words() {
  return k_rows;
}
std::span<const class_row> phrase_words() {
  return k_phrase_words;
}
std::span<const phrase_row> phrases() {
  return k_phrases;
}
std::string_view irregular_forms() {
  return k_irregular;
}
std::string_view participles() {
  return k_participles;
}
std::string_view symmetric_words() {
  return k_symmetric;
}

} // namespace inferenceflow::semantic::tables
