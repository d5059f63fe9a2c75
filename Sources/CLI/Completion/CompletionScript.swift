internal import ArgumentParser

/// The shells that there is a script for; each asks `mydocker __complete`, and knows nothing itself.
enum CompletionScript: String, CaseIterable, ExpressibleByArgument {
    case bash, zsh, fish

    /// True if a script asks.
    static func isAsked(_ words: ArraySlice<String>) -> Bool { words.first == "__complete" }

    /// Completes a line, for the scripts: the shell's name, and the words after the program's up to the cursor.
    static func answer(_ words: ArraySlice<String>) {
        let shell = words.dropFirst().first
        let completion = Completion(words.dropFirst(2), breaksWords: shell == Self.bash.rawValue)
        for line in completion.lines { printLine(line) }
    }

    var text: String {
        switch self {
        case .bash: Self.bashText
        case .zsh: Self.zshText
        case .fish: Self.fishText
        }
    }

    private static let bashText = #"""
        # bash completion of mydocker
        _mydocker() {
            local line
            COMPREPLY=()
            while IFS= read -r line; do
                case $line in
                :files) compopt -o default ;;
                :directories) compopt -o dirnames ;;
                *) COMPREPLY+=("${line%%$'\t'*}") ;;
                esac
            done < <("${COMP_WORDS[0]}" __complete bash "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
            # Something follows at once.
            case ${COMPREPLY[0]-} in *[:=/]) compopt -o nospace ;; esac
        }
        complete -F _mydocker mydocker

        """#

    private static let zshText = #"""
        #compdef mydocker
        _mydocker() {
            local line value
            local -a plain open
            for line in "${(@f)$("${words[1]}" __complete zsh "${(@Q)words[2,CURRENT]}" 2>/dev/null)}"; do
                value=${line%%$'\t'*}
                case $line in
                '') ;;
                :files) compset -P '--*='; _files; return ;;
                :directories) compset -P '--*='; _files -/; return ;;
                *) line=${value//:/\\:}${${line#$value}/$'\t'/:}
                    if [[ $value == *[:=/] ]]; then open+=("$line"); else plain+=("$line"); fi ;;
                esac
            done
            (( ! $#plain )) || _describe -V mydocker plain
            (( ! $#open )) || _describe -V mydocker open -S ''
        }
        if [ "$funcstack[1]" = _mydocker ]; then _mydocker "$@"; else compdef _mydocker mydocker; fi

        """#

    private static let fishText = #"""
        # fish completion of mydocker
        function __mydocker_complete
            set -l typed (commandline -ct)
            set -l before (commandline -opc)
            for line in (command $before[1] __complete fish $before[2..] "$typed" 2>/dev/null)
                switch $line
                    case :files
                        __fish_complete_path "$typed"
                    case :directories
                        __fish_complete_directories "$typed" ''
                    case '*'
                        printf '%s\n' $line
                end
            end
        end
        complete -c mydocker -e
        complete -c mydocker -f -a '(__mydocker_complete)'

        """#
}
