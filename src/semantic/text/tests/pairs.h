/// Pairs of questions with what compare() shall say of them. All of them are invented for these tests.
///
/// Role:      read by difference_test.cpp and speed checks.
/// Lifecycle: constants.
/// Threading: read only.
/// Bounds:    fixed.
/// Source:    own sentences
#pragma once

#include "semantic/text/difference.h"

#include <ostream>

namespace inferenceflow::semantic {

struct pair_case {
  const char* a = "";
  const char* b = "";
  std::uint32_t kind = 0; ///< a veto that must be among those given; 0 = none may be given

  friend void PrintTo(const pair_case& c, std::ostream* out) { *out << '"' << c.a << "\" | \"" << c.b << '"'; }
};

inline constexpr pair_case k_values[] = {
    {"How do I roast 3 chickens?", "How do I roast 4 chickens?", differs::numbers},
    {"Write a poem of two stanzas", "Write a poem of five stanzas", differs::numbers},
    {"Plan a trip for 1,000 dollars", "Plan a trip for 1,500 dollars", differs::numbers},
    {"What is 15% of my salary?", "What is 20% of my salary?", differs::numbers},
    {"Is 5 mg of melatonin enough?", "Is 10 mg of melatonin enough?", differs::numbers},
    {"List the first ten primes", "List the first twenty primes", differs::numbers},
    {"Explain chapter 3", "Explain chapter 13", differs::numbers},
    {"Best laptop under 800 euros", "Best laptop under 1200 euros", differs::numbers},
    {"Who won the 2nd stage?", "Who won the 3rd stage?", differs::numbers},
    {"Who was the first person on the summit?", "Who was the second person on the summit?", differs::numbers},
    {"Set an alarm for 10:30", "Set an alarm for 11:30", differs::numbers | differs::names},
    {"What does error 404 mean?", "What does error 502 mean?", differs::numbers},
    {"How do I install Python 3.9?", "How do I install Python 3.12?", differs::numbers},
    {"How do I charge an iPhone?", "How do I charge an iPhone 12?", differs::number_added},
    {"Is a loan of two million possible?", "Is a loan of 3 million possible?", differs::numbers},
    {"How heavy is 12 kg?", "How heavy is 12 lb?", differs::units},
    {"Convert 30 USD", "Convert 30 EUR", differs::units},
    {"Can milk stand outside for 4 hours?", "Can milk stand outside for 4 days?", differs::units},
    {"Is a 500 GB drive enough?", "Is a 500 MB drive enough?", differs::units},
    {"What is 40 degrees Celsius?", "What is 40 degrees Fahrenheit?", differs::units},
    {"Run 5 miles a day", "Run 5 km a day", differs::units},
    {"How much is 100 yen?", "How much is 100 rupees?", differs::units},
    {"Where can I ski in January?", "Where can I ski in April?", differs::dates},
    {"Is the museum open on Monday?", "Is the museum open on Thursday?", differs::dates},
    {"is the museum open on monday?", "is the museum open on thursday?", differs::dates},
    {"Who won the cup in 1998?", "Who won the cup in 2002?", differs::dates},
    {"What should I plant in spring?", "What should I plant in autumn?", differs::dates},
    {"Should I run in the morning?", "Should I run in the evening?", differs::dates | differs::opposites},
    {"Will it rain today?", "Will it rain tomorrow?", differs::dates},
    {"Population of the village in 1950", "Population of the village in 2020", differs::dates},
};

inline constexpr pair_case k_names[] = {
    {"Is Patricia a vegetarian?", "Is Gregory a vegetarian?", differs::names},
    {"What did Leo Brenner write?", "What did Ida Brenner write?", differs::names},
    {"How do I get from the airport to Lisbon?", "How do I get from the airport to Porto?", differs::names},
    {"What is the capital of Kenya?", "What is the capital of Ghana?", differs::names},
    {"what is the capital of kenya?", "what is the capital of ghana?", differs::names},
    {"What visa do I need for Brazil?", "What visa do I need for Peru?", differs::names},
    {"Explain the NDA", "Explain the MOU", differs::names},
    {"How do I reset my Kindle?", "How do I reset my Nook?", differs::names},
    {"Summarise Hamlet for me", "Summarise Macbeth for me", differs::names},
    {"Is GPT-4 multilingual?", "Is GPT-3 multilingual?", differs::numbers},
    {"Who founded Zalando?", "Who founded Spotify?", differs::names},
    {"Where was Goethe born?", "Where was Schiller born?", differs::names},
    {"Are hotels cheap?", "Are hotels cheap in Oslo?", differs::name_added},
    {"How do I delete my account?", "How do I delete my Instagram account?", differs::name_added},
    {"Is the train to Zürich late?", "Is the train to Basel late?", differs::names},
    {"Is the iPhone waterproof?", "Is the iPad waterproof?", differs::names | differs::contrast},
    {"Write a for loop in Python", "Write a for loop in Rust", differs::names | differs::contrast},
    {"Is she from Texas?", "Is she from Nevada?", differs::names},
    {"Does Tom Baker live here?", "Does Tom Carver live here?", differs::names},
    {"Is Vodafone cheaper?", "Is Verizon cheaper?", differs::contrast | differs::names},
};

inline constexpr pair_case k_negation[] = {
    {"Is it safe to swim here?", "Is it not safe to swim here?", differs::negation},
    {"Why do plants need light?", "Why don't plants need light?", differs::negation},
    {"Foods I should eat with gout", "Foods I should not eat with gout", differs::negation},
    {"Can I travel with a passport?", "Can I travel without a passport?", differs::negation | differs::opposites},
    {"Is it legal to park on this street?", "Is it illegal to park on this street?",
     differs::negation | differs::opposites},
    {"Is the result possible?", "Is the result impossible?", differs::negation},
    {"Which users are active?", "Which users are inactive?", differs::negation},
    {"How do I subscribe to the list?", "How do I unsubscribe from the list?", differs::negation | differs::opposites},
    {"Is the dough elastic?", "Is the dough inelastic?", differs::negation},
    {"What makes a careful driver?", "What makes a careless driver?", differs::negation},
    {"Is the contract valid?", "Is the contract invalid?", differs::negation},
    {"Do bats always hibernate?", "Do bats never hibernate?", differs::negation | differs::opposites},
    {"Who can vote here?", "Who cannot vote here?", differs::negation},
    {"Which of them won't start?", "Which of them will start?", differs::negation},
    {"Nobody answered, what now?", "Everybody answered, what now?", differs::negation | differs::opposites},
    {"Is the medicine regular?", "Is the medicine irregular?", differs::negation},
    {"Are these fees refundable?", "Are these fees nonrefundable?", differs::negation},
    {"How do I become a patient father?", "How do I become a father who is not patient?", differs::negation},
};

inline constexpr pair_case k_opposites[] = {
    {"Should I stretch before running?", "Should I stretch after running?", differs::opposites},
    {"Is it polite to arrive before 8pm?", "Is it polite to arrive after 8pm?", differs::opposites},
    {"How do I increase the font size?", "How do I decrease the font size?", differs::opposites},
    {"How do I become more patient?", "How do I become less patient?", differs::opposites},
    {"When should I buy gold?", "When should I sell gold?", differs::opposites},
    {"How do I open the valve?", "How do I close the valve?", differs::opposites},
    {"How do I enable logging?", "How do I disable logging?", differs::opposites},
    {"What is the best wine?", "What is the worst wine?", differs::opposites},
    {"Are male robins brown?", "Are female robins brown?", differs::opposites},
    {"Is the result positive?", "Is the result negative?", differs::opposites},
    {"How do I upload a file?", "How do I download a file?", differs::opposites},
    {"What is the maximum speed?", "What is the minimum speed?", differs::opposites},
    {"How do I encrypt a disk?", "How do I decrypt a disk?", differs::opposites},
    {"How do I turn on the heating?", "How do I turn off the heating?", differs::opposites},
    {"Taxes for married people", "Taxes for single people", differs::opposites},
    {"Is it at least ten kilometres?", "Is it at most ten kilometres?", differs::opposites},
    {"How do I log in to the portal?", "How do I log out of the portal?", differs::opposites},
    {"What are the advantages of solar power?", "What are the disadvantages of solar power?",
     differs::opposites | differs::negation},
    {"How do I gain weight?", "How do I lose weight?", differs::opposites},
    {"Is the river deep?", "Is the river shallow?", differs::opposites},
    {"Should the box be inside the room?", "Should the box be outside the room?", differs::opposites},
    {"How do I import contacts?", "How do I export contacts?", differs::opposites},
    {"Rights of the landlord", "Rights of the tenant", differs::opposites},
};

inline constexpr pair_case k_contrast[] = {
    {"Can I give my hamster cheese?", "Can I give my parrot cheese?", differs::contrast},
    {"I broke my wrist while skating. Will it heal?", "I broke my ankle while skating. Will it heal?",
     differs::contrast},
    {"How do I paint a wall red?", "How do I paint a wall green?", differs::contrast},
    {"How long is the training of a pilot?", "How long is the training of a plumber?", differs::contrast},
    {"How do I learn the violin?", "How do I learn the trumpet?", differs::contrast},
    {"What are the rules of cricket?", "What are the rules of rugby?", differs::contrast},
    {"Is sodium reactive?", "Is calcium reactive?", differs::contrast},
    {"How far is Mars?", "How far is Saturn?", differs::contrast},
    {"What are the symptoms of measles?", "What are the symptoms of malaria?", differs::contrast},
    {"Gift ideas for my brother", "Gift ideas for my uncle", differs::contrast},
    {"Explain algebra to a child", "Explain calculus to a child", differs::contrast},
    {"Is beer fattening?", "Is wine fattening?", differs::contrast},
    {"Insurance for a motorcycle", "Insurance for a truck", differs::contrast},
};

inline constexpr pair_case k_roles[] = {
    {"Trains from Hamburg to Munich", "Trains from Munich to Hamburg", differs::order},
    {"Is Peter taller than Oliver?", "Is Oliver taller than Peter?", differs::order},
    {"Did the dog bite the postman?", "Did the postman bite the dog?", differs::order},
    {"Convert dollars to euros", "Convert euros to dollars", differs::order},
    {"Translate from Greek into Latin", "Translate from Latin into Greek", differs::order},
    {"Does Nora trust Simon?", "Is Nora trusted by Simon?", differs::order},
    {"Did the cat chase the mouse?", "Was the cat chased by the mouse?", differs::order},
    {"Why does my son hate my daughter?", "Why does my daughter hate my son?", differs::order},
    {"What do teachers expect of parents?", "What do parents expect of teachers?", differs::order},
    {"How do I turn a list into a string?", "How do I turn a string into a list?", differs::order},
    {"Can water become ice?", "Can ice become water?", differs::order},
    {"Is silver heavier than copper?", "Is copper heavier than silver?", differs::order},
};

inline constexpr pair_case k_grammar[] = {
    {"Is Walter Crane a captain?", "Did Walter Crane use to be a captain?", differs::tense},
    {"Is Ruth Keller a surgeon?", "Is Ruth Keller becoming a surgeon?", differs::modifier},
    {"When did the bridge collapse?", "Why did the bridge collapse?", differs::question},
    {"Who built the tower?", "When did they build the tower?", differs::question},
    {"Where is the treaty signed?", "When is the treaty signed?", differs::question},
    {"How many people live there?", "Why do people live there?", differs::question},
    {"How old is the castle?", "Where is the castle?", differs::question},
    {"Is Vera Lind a singer or a dancer?", "Is Vera Lind a singer and a dancer?", differs::quantity},
    {"Should I take the red pill or the blue pill?", "Should I take the red pill and the blue pill?",
     differs::quantity},
    {"If Oscar and Helena were lost, would he call her?", "If Oscar and Helena were lost, would she call him?",
     differs::person},
    {"If Oscar and Helena moved, would his boss mind?", "If Oscar and Helena moved, would Helena's boss mind?",
     differs::person},
    {"Is his sister older?", "Is her sister older?", differs::person | differs::opposites},
    {"Is Anton Maier a chemist?", "Is Anton Maier a famous chemist?", differs::modifier},
    {"Is Clara Voss tired?", "Is Clara Voss famous?", differs::substitution | differs::modifier},
    {"How do I boil eggs for breakfast?", "How do I poach eggs for breakfast?", differs::substitution},
};

inline constexpr pair_case k_code[] = {
    {"What does `ls -l` do?", "What does `ls -a` do?", differs::code},
    {"Explain ```for i in x: print(i)```", "Explain ```for i in y: print(i)```", differs::code},
    {"Summarise https://example.org/a", "Summarise https://example.org/b", differs::code},
    {"Write to anna@example.org", "Write to otto@example.org", differs::code},
    {"What is in /etc/passwd?", "What is in /etc/shadow?", differs::code},
    {"What does get_user return?", "What does get_users return?", differs::code},
    {"Explain std::move", "Explain std::copy", differs::code},
    {"What does --force do?", "What does --quiet do?", differs::code},
    {"How do I fix this?\n```\nx = 1\n```", "How do I fix this?\n```\nx = 2\n```", differs::code},
};

inline constexpr pair_case k_languages[] = {
    {"Where is the station?", "Wo ist der Bahnhof und wie komme ich zu dem?", differs::language},
    {"Where is the station?", "где находится вокзал?", differs::language},
    {"Where is the station?", "车站在哪里？", differs::language},
    {"Wie lange koche ich ein Ei für die Kinder?", "Wie lange koche ich ein Huhn für die Kinder?", differs::foreign},
    {"Ist das Wasser gut für die Haut?", "Ist das Wasser nicht gut für die Haut?", differs::foreign},
    {"Comment puis-je ouvrir le fichier dans le navigateur?", "Comment puis-je fermer le fichier dans le navigateur?",
     differs::foreign},
    {"北京的天气怎么样", "上海的天气怎么样", differs::foreign},
    {"можно ли пить воду", "нельзя ли пить воду", differs::foreign},
    {"ما هي عاصمة مصر", "ما هي عاصمة قطر", differs::foreign},
};

inline constexpr pair_case k_same[] = {
    {"How do I boil an egg?", "how do i boil an egg"},
    {"How do I boil an egg?", "How can I boil eggs?"},
    {"How do I boil an egg?", "Could you please tell me how to boil an egg?"},
    {"What is the best way to learn chess?", "What is the best method to learn chess?"},
    {"Is 1,000 a big number?", "Is 1000 a large number?"},
    {"Write two poems", "Write 2 poems"},
    {"Is 50% a lot?", "Is 50 percent a lot?"},
    {"How much is 20 dollars?", "How much is $20?"},
    {"The 2nd world war", "The second world war"},
    {"What's the capital of France?", "What is the capital of France?"},
    {"what is the capital of france", "What is the capital of France?"},
    {"Is five million a lot?", "Is 5 million a lot?"},
    {"Is 2500 steps enough?", "Is two thousand five hundred steps enough?"},
    {"Is it really dark in there?", "Is it dark in there?"},
    {"Is Victor actually cross with Norman?", "Is Victor cross with Norman?"},
    {"Is Emil in fact a lawyer?", "Is Emil a lawyer?"},
    {"Did Emil paint the fence?", "Was the fence painted by Emil?"},
    {"Did the storm break the window?", "Was the window broken by the storm?"},
    {"Is Olga married to Felix?", "Is Felix married to Olga?"},
    {"Is Olga a colleague of Felix?", "Is Felix a colleague of Olga?"},
    {"Is Kurt a painter and a poet?", "Is Kurt a poet and a painter?"},
    {"Which is better, tea or coffee?", "Which is better, coffee or tea?"},
    {"Are bricks heavier than feathers?", "What is heavier, feathers or bricks?"},
    {"What is the difference between jam and jelly?", "What is the difference between jelly and jam?"},
    {"Is Ann taller than Kim?", "Is Kim shorter than Ann?"},
    {"How do I become more active?", "How do I become less passive?"},
    {"How do I become a visible person?", "How do I become a person who is not invisible?"},
    {"Why is the sky not green?", "Why isn't the sky green?"},
    {"Why can't penguins fly?", "Why cannot penguins fly?"},
    {"What is machine learning?", "What is ML?"},
    {"What is the population of the United States?", "What is the population of the USA?"},
    {"How do I renew my UK passport?", "How do I renew my United Kingdom passport?"},
    {"Explain `x = 1` to me", "explain `x = 1` to me please"},
    {"What colour is a ripe olive?", "What color is a ripe olive?"},
    {"How do I buy a used car?", "How do I purchase a used car?"},
    {"HOW DO I RESET MY ROUTER", "How do I reset my router?"},
    {"How To Bake Bread At Home", "how to bake bread at home"},
    {"Who is Marie Curie's husband?", "who is marie curies husband?"},
    {"Who do critics think is the best cellist in Spain?", "Who is the best cellist in Spain according to critics?"},
    {"How do I get rid of ants?", "How to get rid of ants"},
    {"What are good books about sailing?", "Which are some good books about sailing?"},
    {"I don't know how to swim", "I dont know how to swim"},
    {"Wie lange koche ich ein Ei für die Kinder?", "wie lange koche ich ein ei für die kinder"},
    {"北京的天气怎么样？", "北京的天气怎么样"},
    {"Is 0.5 litres enough?", "Is 0.50 liters enough?"},
    {"How are you today?", "how are you today"},
    {"Is the café open?", "is the CAFÉ open"},
    {"How do I fix my washing machine?", "How can I repair my washing machine?"},
    {"Translate this sentence", "Please translate this sentence."},
    {"", ""},
    {"   ", "\n"},
};

} // namespace inferenceflow::semantic
